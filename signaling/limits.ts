/**
 * Every limit of the server, and why it is what it is. A server that keeps nothing can only be hurt through memory,
 * bandwidth, sockets and time, so each has a ceiling for a socket, for an address and for all together. With all of
 * them reached at once the process has about 650 MB: 80 of its own, 180 of sockets, 300 of topics, 64 that wait for
 * slow readers, and what the garbage collector has not taken yet.
 */
import { MAX_FRAME_BYTES } from '../src/lib/wire/signaling.ts';

const KIB = 1_024;
const MIB = 1_024 * KIB;

/** What one person does, whatever the address. */
const PERSON = {
  /** PUB is the longest frame there is; anything longer is closed with 1009 before it is in memory. */
  frameBytes: MAX_FRAME_BYTES,
  /** No browser splits a frame of four kilobytes; tiny fragments are how a socket eats memory (1008). */
  fragments: 4,
  /** Chunks of the network that a frame may come in: at 1,400 bytes each one has three. */
  chunks: 64,

  // A full address book comes online with 25 SUB frames; then each contact that is there costs about eight
  // frames of handshake, which the client spreads. 64 a second is far above one, and 128 KiB/s of those.
  framesPerSecond: 64,
  framesAtOnce: 256,
  bytesPerSecond: 128 * KIB,
  bytesAtOnce: MIB,
  // A SUB of 64 topics is as much work as eight frames that are passed on, and counts as that many more: topics at full
  // rate took all others' time. A full address book has 220 of the 256 at once.
  topicsAsOneFrame: 8,

  // What is over the rate is refused with TooFast. A client that listens to that stops; one that collects this
  // many refusals does not, and is closed with Flooding.
  refusalsPerSecond: 4,
  refusalsAtOnce: 64,
  /**
   * After a refusal nothing is read from the socket for about so long; what came together with it is dropped too. A client
   * that listens stays away longer than that by itself.
   */
  restMs: 4_000,

  /** What is still read of who has been told goodbye, in order to hear the same. */
  goodbyeBytes: 64 * KIB,

  /** 500 contacts and 20 invitations with three epochs each are 1,560 topics; the next power of two. */
  topicsPerSocket: 2_048,
  /** A pair needs two. The rest are sockets that died unnoticed, and guests who race for one invitation. */
  socketsPerTopic: 32,

  /** 63 full frames that somebody does not read. Twice a burst of handshakes; then TooSlow. */
  bufferedBytes: 256 * KIB,

  /** Below the 60 s after which common proxies drop a silent connection, jitter included. */
  heartbeatMs: 30_000,
  heartbeatJitter: 0.2,
  /** Pings without an answer before the socket is taken for dead: a phone may lose one while it changes cells. */
  missedBeats: 2,

  /** How long a closing handshake may take before the socket is destroyed. */
  closeMs: 2_000
};

/** What all together may do. */
const ALL = {
  /** WebSockets: at 11 KiB each 180 MB. Whoever comes then is closed with TryAgainLater. */
  sockets: 16_000,
  /** Of HTTP and WebSocket together: pages and the health check are answered when the sockets are full. */
  connections: 16_384,
  /** At less than 300 bytes 300 MB: sixty-five topics for each of the sockets. Then TryAgainLater. */
  topics: MIB,
  /** What waits for all slow readers; then the slowest of them are closed with TooSlow. */
  bufferedBytesInAll: 64 * MIB,
  /** Addresses whose asking is remembered, until their bucket is full again; some 3 MB for each kind of asking. */
  rememberedAddresses: 16_384,

  /** Connections that are accepted in one go, before anybody else has a turn; who comes in between is asked to wait a second. */
  waiting: 128,

  // Nobody waits for somebody else's thousand frames. A turn of the event loop hands on so many frames of an address at
  // once, which is more than an honest one ever has; what is over it stands in line, for which each turn does so much more:
  // half a tenth of a millisecond. A topic counts as a frame there; a connection, opening a WebSocket, and sending somebody away
  // as much as they cost.
  framesPerTurn: 16,
  framesInLinePerTurn: 16,
  connectionAsFrames: 16,
  openingAsFrames: 32,
  goodbyeAsFrames: 16,

  // Somebody who dribbles a request holds a connection for five seconds, at no cost but the connection.
  requestMs: 5_000,
  /** How often that is looked at. */
  requestCheckMs: 20,
  /** A browser's headers have two kilobytes; 431 for more. */
  headerBytes: 8 * KIB,
  headers: 40
};

/**
 * What one address may do (an IPv6 /64 is one): a household, a small office, a school's class behind one router. All
 * of it follows from how many sockets it may hold, which whoever serves a whole company from one address sets.
 */
function ofAddress(sockets: number) {
  return {
    /** Whoever comes over that is closed with Crowded. */
    socketsPerAddress: sockets,
    /** Pages, scripts and half-open requests beside the sockets; what is over it is dropped without a word. */
    connectionsPerAddress: 4 * sockets,
    // A page needs six at most, and keeps them: a class that opens it at the same moment. What is over the rate is dropped
    // likewise: to read a request in order to refuse it is most of the work there is.
    connectionsAtOnce: 8 * sockets,
    connectionsPerSecond: sockets / 2,
    // All of a class come back at once when the server restarts, twice in a row; then one in eight a second. A
    // handshake costs more than a frame: over that rate it is refused before it begins (HTTP 429).
    openingsAtOnce: 2 * sockets,
    openingsPerSecond: sockets / 8,
    /** At 300 bytes a topic 10 MB. A class of full address books does not fit, one of usual ones does. Then Crowded. */
    topicsPerAddress: 512 * sockets,
    // A class comes online with fifteen contacts each, which are 2,880 topics, or two people with full address books; then
    // five times a minute one who comes back. TooFast.
    topicsAtOnceOfAddress: 64 * sockets,
    topicsPerSecondOfAddress: 4 * sockets,
    // As much as an eighth of the sockets at their own limits, and a sixteenth at once (a class that comes online with
    // fifteen contacts each has half of that): TooFast for whoever writes next.
    framesPerSecondOfAddress: (sockets / 8) * PERSON.framesPerSecond,
    framesAtOnceOfAddress: (sockets / 16) * PERSON.framesAtOnce,
    bytesPerSecondOfAddress: (sockets / 8) * PERSON.bytesPerSecond,
    bytesAtOnceOfAddress: (sockets / 16) * PERSON.bytesAtOnce,
    // A browser asks for the relay when its page is opened and every few hours after that: as many at once as there
    // may be sockets, then one in six seconds. Nobody collects users of the relay.
    credentialsAtOnce: sockets,
    credentialsPerSecond: sockets / 384
  };
}

export const SOCKETS_PER_ADDRESS = 64;
/** With fewer, an address would have no room for one person with a full address book. */
export const LEAST_SOCKETS_PER_ADDRESS = 32;

export type Limits = Readonly<typeof PERSON & typeof ALL & ReturnType<typeof ofAddress>>;

export function limitsFor(socketsPerAddress: number): Limits {
  return { ...PERSON, ...ALL, ...ofAddress(socketsPerAddress) };
}

export const LIMITS: Limits = limitsFor(SOCKETS_PER_ADDRESS);
