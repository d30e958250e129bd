// Protocol page, section 5: known contact, Noise_KKpsk0+hfs; in band (section 8) the ICE block is left out.
import { join, refuse, Taker, uint } from './bytes.ts';
import { prologue } from './first-contact.ts';
import { takeIce, writeIce, type IceBlock } from './ice.ts';
import { KNOWN_CONTACT, Noise, Transport, type Chance } from './noise.ts';
import { pair, type Pair } from './primitives.ts';
import { holds, keysOf, retainedName, type Keys } from './schedule.ts';

const NET = 2;
const IN_BAND = 3;

export interface Contact {
  readonly own: Pair;
  readonly peer: Uint8Array;
  readonly psk: Uint8Array;
  /** At most two, newest first. */
  readonly retained: readonly Uint8Array[];
}

/** The lower key, as bytes, begins. */
export const begins = (own: Uint8Array, peer: Uint8Array): boolean => Buffer.compare(own, peer) < 0;

export interface Outcome {
  readonly keys: Keys;
  /** The retained secret that both sides had. */
  readonly matched: Uint8Array | undefined;
  /** False where this side had secrets and none matched. */
  readonly continuity: boolean;
}

function start(contact: Contact, initiator: boolean, place: Uint8Array, inBand: boolean): Noise {
  if (begins(contact.own.public, contact.peer) !== initiator) refuse('not the one who begins');
  const { own, peer, psk } = contact;
  return new Noise(KNOWN_CONTACT, {
    initiator,
    prologue: prologue(inBand ? IN_BAND : NET, place),
    psk,
    own,
    peer
  });
}

const outcome = (noise: Noise, contact: Contact, matched: Uint8Array | undefined): Outcome => ({
  keys: keysOf(noise, matched),
  matched,
  continuity: matched !== undefined || contact.retained.length === 0
});

export class Initiator {
  private readonly noise: Noise;
  private readonly contact: Contact;
  private readonly inBand: boolean;

  /** `place` is the topic, or in band the handshake hash of the session. */
  constructor(contact: Contact, place: Uint8Array, inBand = false) {
    this.noise = start(contact, true, place, inBand);
    this.contact = contact;
    this.inBand = inBand;
  }

  writeA(chance: Chance & { ephemeral: Uint8Array }): Uint8Array {
    const { retained } = this.contact;
    const ephemeral = pair(chance.ephemeral).public;
    const names = retained.map((secret) => retainedName(secret, ephemeral));
    return this.noise.write(join(uint(0, 4), uint(names.length, 1), ...names), chance);
  }

  readB(
    message: Uint8Array
  ): Outcome & { ratchet: Uint8Array; ice: IceBlock | undefined; transport: Transport } {
    const from = new Taker(this.noise.read(message));
    from.uint(4);
    const match = from.below(this.contact.retained.length + 1);
    const ratchet = from.take(32);
    const ice = this.inBand ? undefined : takeIce(from);
    from.end();
    const { k1, k2 } = this.noise.split();
    const matched = match === 0 ? undefined : this.contact.retained[match - 1];
    return { ...outcome(this.noise, this.contact, matched), ratchet, ice, transport: new Transport(k1, k2) };
  }
}

export class Responder {
  private readonly noise: Noise;
  private readonly contact: Contact;
  private names: Uint8Array[] = [];
  private ephemeral = new Uint8Array(0);

  constructor(contact: Contact, place: Uint8Array, inBand = false) {
    this.noise = start(contact, false, place, inBand);
    this.contact = contact;
  }

  readA(message: Uint8Array): void {
    const from = new Taker(this.noise.read(message));
    from.uint(4);
    const names = Array.from({ length: from.below(3) }, () => from.take(8));
    from.end();
    this.names = names;
    this.ephemeral = message.slice(0, 32);
  }

  writeB(
    chance: Chance & { ratchet: Uint8Array },
    ice?: IceBlock
  ): Outcome & { message: Uint8Array; ratchet: Pair; transport: Transport } {
    const found = this.names.map((name) => holds(this.contact.retained, name, this.ephemeral));
    const match = found.findIndex((secret) => secret !== undefined) + 1;
    const ratchet = pair(chance.ratchet);
    const payload = [uint(0, 4), uint(match, 1), ratchet.public, ice === undefined ? '' : writeIce(ice)];
    const message = this.noise.write(join(...payload), chance);
    const { k1, k2 } = this.noise.split();
    const matched = match === 0 ? undefined : found[match - 1];
    return {
      ...outcome(this.noise, this.contact, matched),
      message,
      ratchet,
      transport: new Transport(k2, k1)
    };
  }
}
