/** What the frozen vectors of this protocol hold, and the talk that both implementations must have in the same bytes. */
import { readFileSync } from 'node:fs';
import { hex, join, unhex } from '../second/bytes.ts';
import type { IceBlock } from '../second/ice.ts';
import type { Speaker } from '../second/speaker.ts';

/** The JSON file: every string of the inputs is hexadecimal, but for the few that are text. */
export interface Vectors {
  readonly about: string;
  readonly inputs: Inputs;
  readonly outputs: Outputs;
}

interface Chance {
  readonly ephemeral: string;
  readonly kem: string;
}

export interface Inputs {
  readonly invitation: { flags: number; expiry: number; secretKey: string; secret: string; epoch: number };
  readonly joiner: { secretKey: string; name: string };
  readonly inviter: { secretKey: string; name: string };
  readonly firstContact: { a: Chance & { nI: string }; b: Chance & { nR: string; ratchet: string } };
  readonly knownContact: {
    readonly a: Chance;
    readonly b: Chance & { ratchet: string };
    /** An older secret that only the initiator has, before the one that both have. */
    readonly retained: string;
  };
  readonly session: {
    readonly joinerFingerprint: string;
    readonly inviterFingerprint: string;
    /** Ratchet keys in the order of use, through the renewal. */
    readonly joinerRatchet: string[];
    readonly inviterRatchet: string[];
    readonly renewal: { a: Chance; b: Chance & { ratchet: string } };
  };
  readonly envelope: { nonce: string; hsid: string };
  readonly record: { masterKey: string; nonce: string; context: string; plaintext: string };
}

export interface Outputs {
  readonly invitation: string;
  readonly meeting: { topic: string; frameKey: string };
  readonly firstContact: {
    readonly a: string;
    readonly b: string;
    readonly c: string;
    readonly d: string;
    readonly keys: Keys;
    readonly rdv: string;
    readonly pskPair: string;
    readonly symbols: number[];
  };
  readonly envelope: string;
  readonly safetyNumber: { joinerQr: string; digits: string };
  readonly knownContact: { a: string; b: string; answer: string; keys: Keys; retained: string[] };
  /** Twenty frames of a session, in the order of the channel, `i` of the joiner and `r` of the inviter. */
  readonly session: string[];
  readonly retainedAfterRenewal: string[];
  readonly record: string;
}

export interface Keys {
  readonly h: string;
  readonly rootKey: string;
  readonly i2r: string;
  readonly r2i: string;
  readonly retained: string;
}

const FILE = new URL('./aparte.json', import.meta.url);

export const readVectors = (): Vectors => JSON.parse(readFileSync(FILE, 'utf8')) as Vectors;

/** The joiner's and the inviter's description: all types of address, candidate and protocol. */
export function descriptions(inputs: Inputs): { joiner: IceBlock; inviter: IceBlock } {
  const { joinerFingerprint, inviterFingerprint } = inputs.session;
  const common = { protocol: 0, port: 40_000, priority: 2_122_260_223, foundation: 1 };
  return {
    joiner: {
      ufrag: 'a+/Z',
      pwd: '0123456789abcdefghij+/',
      fingerprint: unhex(joinerFingerprint),
      setup: 0,
      candidates: [
        { ...common, type: 0, address: '0b3c1a52-8a0e-4f0c-9c43-6c0a7a3b1c55.local' },
        { ...common, type: 1, address: '192.0.2.7', port: 65_535, foundation: 4_294_967_295 }
      ]
    },
    inviter: {
      ufrag: 'UfragOfTheInviter',
      pwd: 'PasswordOfTheInviterOf32Letters+',
      fingerprint: unhex(inviterFingerprint),
      setup: 1,
      candidates: [
        { ...common, type: 0, protocol: 1, address: '2001:db8::7', port: 9, priority: 2_147_483_647 },
        { ...common, type: 2, address: '198.51.100.1', port: 1, priority: 1, foundation: 0 },
        { ...common, type: 3, address: '203.0.113.255' }
      ]
    }
  };
}

/**
 * Twenty frames: both BINDs, texts of several classes, two that cross, a keepalive, new keys in band, and a CLOSE.
 * The renewal is begun by the inviter, who has the lower key.
 */
export function talk(joiner: Speaker, inviter: Speaker): string[] {
  const frames: string[] = [];
  type Written = readonly ['i' | 'r', Uint8Array];
  const deliver = (...written: Written[]): void => {
    frames.push(...written.map(([from, frame]) => `${from} ${hex(frame)}`));
    const replies = written.flatMap(([from, frame]) => {
      const heard = (from === 'i' ? inviter : joiner).hear(frame);
      return heard.replies.map((reply): Written => [from === 'i' ? 'r' : 'i', reply]);
    });
    if (replies.length > 0) deliver(...replies);
  };
  const i = (text: string): Written => ['i', joiner.say(join(text))];
  const r = (text: string): Written => ['r', inviter.say(join(text))];

  deliver(['i', joiner.bind()]);
  deliver(['r', inviter.bind()]);
  deliver(i('Hello'));
  deliver(i('Two of these cross'), r('each other'));
  deliver(r(''));
  deliver(i('é'.repeat(300)), i('in the same chain'));
  deliver(r('x'.repeat(8_131)));
  deliver(i('y'.repeat(197)));
  deliver(r('now new keys'));
  deliver(['r', inviter.renew()]);
  deliver(i('under the new keys'));
  deliver(r('as well'));
  deliver(['i', joiner.close(0)]);
  return frames;
}
