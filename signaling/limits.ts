/**
 * Every limit of the server, and why it is what it is. A server that keeps nothing can only be hurt through
 * memory, bandwidth and sockets, so each of the three has a ceiling a socket, an address and in all.
 */
import { MAX_FRAME_BYTES } from '../src/lib/wire/signaling.ts';

export interface Limits {
  readonly frameBytes: number;
  readonly framesPerSecond: number;
  readonly framesAtOnce: number;
  readonly bytesPerSecond: number;
  readonly bytesAtOnce: number;
  readonly refusalsPerSecond: number;
  readonly refusalsAtOnce: number;
  readonly topicsPerSocket: number;
  readonly topicsPerAddress: number;
  readonly socketsPerTopic: number;
  readonly socketsPerAddress: number;
  readonly connections: number;
  readonly credentialsPerSecond: number;
  readonly credentialsAtOnce: number;
  readonly credentialAddresses: number;
  readonly bufferedBytes: number;
  readonly heartbeatMs: number;
  readonly heartbeatJitter: number;
  readonly missedBeats: number;
  readonly closeMs: number;
}

const KIB = 1024;

export const LIMITS: Limits = {
  /** PUB is the longest frame there is; anything longer is closed with 1009 before it is in memory. */
  frameBytes: MAX_FRAME_BYTES,

  // A full address book comes online with 25 SUB frames; then each contact that is there costs about eight
  // frames of handshake, which the client spreads. 64 a second is far above one, and 200 KiB/s of those.
  framesPerSecond: 64,
  framesAtOnce: 256,
  bytesPerSecond: 128 * KIB,
  bytesAtOnce: 1024 * KIB,

  // What is over the rate is refused with TooFast. A client that listens to that stops; one that collects this
  // many refusals does not, and is closed with Flooding.
  refusalsPerSecond: 4,
  refusalsAtOnce: 64,

  /** 500 contacts and 20 invitations with three epochs each are 1,560 topics; the next power of two. */
  topicsPerSocket: 2_048,
  /** A household of tabs and devices behind one address; at about 300 bytes a topic some 10 MB. */
  topicsPerAddress: 32_768,
  /** A pair needs two. The rest are sockets that died unnoticed, and guests who race for one invitation. */
  socketsPerTopic: 32,
  /** A household, a small office, a school's class behind one address. Whoever needs more sets it. */
  socketsPerAddress: 64,
  /** In all, of HTTP and WebSocket together: at 10 KiB a socket some 160 MB. */
  connections: 16_384,

  // A browser asks when its page is opened and every few hours after that: as many at once as an address may hold
  // sockets, then one in six seconds. Nobody collects users of the relay.
  credentialsPerSecond: 1 / 6,
  credentialsAtOnce: 64,
  /** Addresses whose asking is remembered, until their bucket is full again; some 3 MB. */
  credentialAddresses: 16_384,

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
