/** Somebody who makes contact, meets again and talks: the same words for both implementations. */
import type { IceBlock } from '../../second/ice.ts';
import type { Speaker } from '../../second/speaker.ts';

/** What the two of an invitation share; epoch and topic are agreed. */
export interface Place {
  readonly link: string;
  readonly secretKey: Uint8Array;
  readonly epoch: number;
}

export interface Comparison {
  readonly symbols: readonly number[];
  readonly digits: string;
  readonly qr: string;
}

export interface Introduced {
  readonly name: string;
  readonly ice: IceBlock;
}

/** A message is handed over as bytes; who is not meant, or gets other bytes, throws and stays as they were. */
export interface Person {
  /** First contact as joiner: A, C for B, and D. */
  joinA(place: Place): Uint8Array;
  joinC(b: Uint8Array, introduced: Introduced): Uint8Array;
  joinD(d: Uint8Array): Introduced;
  /** As inviter: B for A, D for C. */
  hostB(place: Place, a: Uint8Array): Uint8Array;
  hostC(c: Uint8Array): Introduced;
  hostD(introduced: Introduced): Uint8Array;
  compare(): Comparison;
  /** Known contact: whether this side begins, A, B for A, the initiator's answer to B, and that read. */
  begins(): boolean;
  meetA(epoch: number): Uint8Array;
  meetB(epoch: number, a: Uint8Array, ice: IceBlock): Uint8Array;
  meetAnswer(b: Uint8Array, ice: IceBlock): { readonly answer: Uint8Array; readonly ice: IceBlock };
  meetDone(answer: Uint8Array): IceBlock;
  /** The channel of the last handshake. */
  speak(fingerprints: { own: Uint8Array; peer: Uint8Array }): Speaker;
  /** What the next handshake begins with. */
  retained: readonly Uint8Array[];
  readonly continuity: boolean;
  /** Frames of the signaling server, on the contact's topic. */
  seal(epoch: number, kind: 'handshake' | 'sealed', direction: 0 | 1, data: Uint8Array): Uint8Array;
  open(epoch: number, body: Uint8Array): { kind: string; direction: number; data: Uint8Array };
}
