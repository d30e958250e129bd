/**
 * Signaling frames between a browser and the server (protocol, section 4). The server imports this very file, so
 * the two can not drift apart. Decoding is total: it returns a frame or throws WireError.
 *
 *   client -> server   SUB 0x01 | n u8 | n x topic32     UNSUB 0x02 likewise     PUB 0x03 | topic32 | body4096
 *                      PING 0x07
 *   server -> client   EVT 0x04 | topic32 | body4096     PRESENT 0x05 | topic32     ERR 0x06 | code u8
 *                      PING 0x07 (answers a PING)
 */
import { concat, Reader, Writer } from '../bytes.ts';
import { WireError } from '../errors.ts';

/** WebSocket subprotocol, which is the version of everything in this file. */
export const SUBPROTOCOL = 'aparte.1';
/** Path of the WebSocket on the server that serves the app. */
export const SIGNAL_PATH = '/signal';

export const TOPIC_BYTES = 32;
export const BODY_BYTES = 4096;
export const MAX_TOPICS_PER_FRAME = 64;
/** The longest frame there is: PUB and EVT. A SUB of 64 topics has 2,050 bytes. */
export const MAX_FRAME_BYTES = 1 + TOPIC_BYTES + BODY_BYTES;

const SUB = 0x01;
const UNSUB = 0x02;
const PUB = 0x03;
const EVT = 0x04;
const PRESENT = 0x05;
const ERR = 0x06;
const PING = 0x07;

/** What an ERR frame says. The socket stays open; what asked too much was not done. */
export const SignalingErrorCode = {
  /** The socket already listens on as many topics as it may. */
  TooManyTopics: 1,
  /** Too many sockets listen on that topic. */
  TopicFull: 2,
  /** Too many frames in too short a time; the frame was dropped. */
  TooFast: 3
} as const;

/** Close codes of the server: those of the IANA registry, and four of our own. */
export const CloseCode = {
  /** A text frame. */
  UnsupportedData: 1003,
  /** A frame in more fragments than any browser makes (closed by the WebSocket library). */
  TooManyFragments: 1008,
  /** A frame over the payload cap (closed by the WebSocket library). */
  MessageTooBig: 1009,
  /** The server restarts; come back with jitter. */
  ServiceRestart: 1012,
  /** The server is full. */
  TryAgainLater: 1013,
  /** A frame that is none of this file's. */
  MalformedFrame: 4000,
  /** The receiver does not read: its buffer is full. */
  TooSlow: 4001,
  /** The sender goes on although it was told TooFast. */
  Flooding: 4002,
  /** Too many sockets, or topics, of one address. */
  Crowded: 4003
} as const;

export type ClientFrame =
  | { readonly kind: 'subscribe'; readonly topics: readonly Uint8Array[] }
  | { readonly kind: 'unsubscribe'; readonly topics: readonly Uint8Array[] }
  | { readonly kind: 'publish'; readonly topic: Uint8Array; readonly body: Uint8Array }
  | { readonly kind: 'ping' };

export type ServerFrame =
  | { readonly kind: 'event'; readonly topic: Uint8Array; readonly body: Uint8Array }
  | { readonly kind: 'present'; readonly topic: Uint8Array }
  | { readonly kind: 'error'; readonly code: number }
  | { readonly kind: 'pong' };

export function encodeClientFrame(frame: ClientFrame): Uint8Array {
  switch (frame.kind) {
    case 'subscribe':
      return topicList(SUB, frame.topics);
    case 'unsubscribe':
      return topicList(UNSUB, frame.topics);
    case 'publish':
      return concat(Uint8Array.of(PUB), frame.topic, frame.body);
    case 'ping':
      return Uint8Array.of(PING);
  }
}

/** @throws WireError for every frame that is not exactly one of the four. */
export function decodeClientFrame(bytes: Uint8Array): ClientFrame {
  const reader = new Reader(bytes);
  const type = reader.u8();
  switch (type) {
    case SUB:
    case UNSUB: {
      const count = reader.u8();
      if (count === 0 || count > MAX_TOPICS_PER_FRAME) throw new WireError('topic count');
      // Looked at and not kept: somebody who is too fast sends many of these.
      const topics = Array.from({ length: count }, () => reader.view(TOPIC_BYTES));
      reader.end();
      return { kind: type === SUB ? 'subscribe' : 'unsubscribe', topics };
    }
    case PUB: {
      // Most of what a server does: it passes these bytes on as they are.
      const frame = {
        kind: 'publish',
        topic: reader.view(TOPIC_BYTES),
        body: reader.view(BODY_BYTES)
      } as const;
      reader.end();
      return frame;
    }
    case PING:
      reader.end();
      return { kind: 'ping' };
    default:
      throw new WireError('frame type');
  }
}

export function encodeServerFrame(frame: ServerFrame): Uint8Array {
  switch (frame.kind) {
    case 'event':
      return concat(Uint8Array.of(EVT), frame.topic, frame.body);
    case 'present':
      return concat(Uint8Array.of(PRESENT), frame.topic);
    case 'error':
      return Uint8Array.of(ERR, frame.code);
    case 'pong':
      return Uint8Array.of(PING);
  }
}

/** The EVT that a PUB becomes: the same bytes but the first, and in the same place. The PUB is no more after this. */
export function eventOf(publish: Uint8Array): Uint8Array {
  publish[0] = EVT;
  return publish;
}

/** @throws WireError for every frame that is not exactly one of the four. */
export function decodeServerFrame(bytes: Uint8Array): ServerFrame {
  const reader = new Reader(bytes);
  const frame = readServerFrame(reader);
  reader.end();
  return frame;
}

function readServerFrame(reader: Reader): ServerFrame {
  switch (reader.u8()) {
    case EVT:
      return { kind: 'event', topic: reader.take(TOPIC_BYTES), body: reader.take(BODY_BYTES) };
    case PRESENT:
      return { kind: 'present', topic: reader.take(TOPIC_BYTES) };
    case ERR:
      return { kind: 'error', code: reader.u8() };
    case PING:
      return { kind: 'pong' };
    default:
      throw new WireError('frame type');
  }
}

function topicList(type: number, topics: readonly Uint8Array[]): Uint8Array {
  const writer = new Writer().u8(type).u8(topics.length);
  for (const topic of topics) writer.bytes(topic);
  return writer.done();
}
