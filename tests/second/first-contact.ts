// Protocol page, section 5: first contact, Noise_XKpsk0+hfs.
import { join, refuse, same, short, Taker, text, uint } from './bytes.ts';
import { takeIce, writeIce, type IceBlock } from './ice.ts';
import { invitationPsk } from './invitation.ts';
import { FIRST_CONTACT, Noise, Transport, type Chance } from './noise.ts';
import { pair, sha256, type Pair } from './primitives.ts';
import { keysOf, shortAuthentication, type Keys } from './schedule.ts';

export const prologue = (pattern: number, topic: Uint8Array): Uint8Array =>
  join('AP1', Uint8Array.of(1, pattern), topic);

const commitment = (nI: Uint8Array): Uint8Array => sha256('AP1/sas commit', nI);
const NAME = 64;

export interface Acceptance {
  /** The inviter's key for this contact. */
  readonly pair: Uint8Array;
  readonly name: string;
  readonly ice: IceBlock;
}

export class Joiner {
  private readonly noise: Noise;
  private readonly own: Pair;
  private nI = new Uint8Array(0);
  private afterD: Transport | undefined;
  private opened: { hash: Uint8Array; nR: Uint8Array; dr: Uint8Array } | undefined;

  constructor(inviter: Uint8Array, secret: Uint8Array, topic: Uint8Array, own: Pair) {
    this.own = own;
    const party = { initiator: true, prologue: prologue(1, topic), psk: invitationPsk(secret), own };
    this.noise = new Noise(FIRST_CONTACT, { ...party, peer: inviter });
  }

  writeA(chance: Chance & { nI: Uint8Array }): Uint8Array {
    this.nI = join(chance.nI);
    return this.noise.write(join(uint(0, 4), commitment(chance.nI)), chance);
  }

  /** The status: 0 open, 1 used, 2 revoked, 3 expired. */
  readB(message: Uint8Array): number {
    const from = new Taker(this.noise.read(message));
    const status = from.below(4);
    from.uint(4);
    const nR = from.take(16);
    this.opened = { hash: this.noise.hash, nR, dr: from.take(32) };
    from.end();
    return status;
  }

  writeC(name: string, ice: IceBlock): Uint8Array {
    const message = this.noise.write(join(this.nI, short(name, NAME), writeIce(ice)), {});
    const { k1, k2 } = this.noise.split();
    this.afterD = new Transport(k1, k2);
    return message;
  }

  readD(message: Uint8Array): Acceptance | undefined {
    const from = new Taker(this.transport.open(message));
    if (from.below(2) === 0) {
      // What became of the link; a person would be told.
      from.below(4);
      from.end();
      return undefined;
    }
    const acceptance = { pair: from.take(32), name: text(from.short(NAME)), ice: takeIce(from) };
    from.end();
    return same(acceptance.pair, this.own.public) ? refuse('our own key') : acceptance;
  }

  get transport(): Transport {
    return this.afterD ?? refuse('out of order');
  }

  get keys(): Keys {
    return keysOf(this.noise);
  }

  /** The responder's ratchet key. */
  get peerRatchet(): Uint8Array {
    return (this.opened ?? refuse('out of order')).dr;
  }

  get symbols(): number[] {
    const { hash, nR } = this.opened ?? refuse('out of order');
    return shortAuthentication(hash, this.nI, nR);
  }
}

export interface Guest {
  /** The joiner's key for this contact. */
  readonly pair: Uint8Array;
  readonly name: string;
  readonly ice: IceBlock;
}

export class Inviter {
  private readonly noise: Noise;
  private committed = new Uint8Array(0);
  private opened: { hash: Uint8Array; nR: Uint8Array; dr: Pair } | undefined;
  private nI = new Uint8Array(0);
  private afterC: Transport | undefined;

  constructor(own: Pair, secret: Uint8Array, topic: Uint8Array) {
    const psk = invitationPsk(secret);
    this.noise = new Noise(FIRST_CONTACT, { initiator: false, prologue: prologue(1, topic), psk, own });
  }

  readA(message: Uint8Array): void {
    const from = new Taker(this.noise.read(message));
    from.uint(4);
    this.committed = from.take(32);
    from.end();
  }

  writeB(status: number, chance: Chance & { nR: Uint8Array; ratchet: Uint8Array }): Uint8Array {
    const dr = pair(chance.ratchet);
    const message = this.noise.write(join(uint(status, 1), uint(0, 4), chance.nR, dr.public), chance);
    this.opened = { hash: this.noise.hash, nR: chance.nR, dr };
    return message;
  }

  readC(message: Uint8Array): Guest {
    const from = new Taker(this.noise.read(message));
    const nI = from.take(16);
    const guest = { pair: this.noise.static, name: text(from.short(NAME)), ice: takeIce(from) };
    from.end();
    if (!same(commitment(nI), this.committed)) refuse('commitment');
    const { k1, k2 } = this.noise.split();
    this.nI = nI;
    this.afterC = new Transport(k2, k1);
    return guest;
  }

  writeD(acceptance: Acceptance | undefined): Uint8Array {
    if (acceptance === undefined) return this.transport.seal(Uint8Array.of(0, 0));
    const { pair: key, name, ice } = acceptance;
    return this.transport.seal(join(Uint8Array.of(1), key, short(name, NAME), writeIce(ice)));
  }

  get transport(): Transport {
    return this.afterC ?? refuse('out of order');
  }

  get keys(): Keys {
    return keysOf(this.noise);
  }

  get ratchet(): Pair {
    return (this.opened ?? refuse('out of order')).dr;
  }

  get symbols(): number[] {
    const { hash, nR } = this.opened ?? refuse('out of order');
    return shortAuthentication(hash, this.nI, nR);
  }
}
