/** The invitations of this side, and the links of others that are being followed. */
import { equalBytes, hex } from '../bytes.ts';
import type { Clock } from '../clock.ts';
import type { Met } from '../conversation/meeting.ts';
import { generateKeyPair } from '../crypto/primitives.ts';
import type { Random } from '../crypto/random.ts';
import {
  decodeInvitation,
  encodeInvitation,
  InvitationError,
  type Invitation
} from '../protocol/invitation.ts';
import { UsageError } from '../errors.ts';
import { StoreError, type Write } from '../storage/store.ts';
import { Alarm } from './alarm.ts';
import {
  Problem,
  type ConversationId,
  type InvitationChange,
  type InvitationId,
  type InvitationView,
  type JoinState,
  type Knock,
  type KnockId
} from './api.ts';
import type { Contact } from './contact.ts';
import { GuestParty } from './guest.ts';
import { HostParty } from './host.ts';
import type { Network } from './network.ts';
import { problemOf } from './problem.ts';
import type { OwnInvitation, PendingJoin } from './records.ts';
import type { Vault } from './vault.ts';

/** Alive at once (protocol, section 2). */
const MAX_ALIVE = 20;
/** Dead ones that still answer. */
const MAX_DEAD = 40;
const LIFE_MINUTES = 24 * 60;
const MAX_LIFE_MINUTES = 30 * 24 * 60;
/** A link that was followed and never led to anybody is forgotten after this. */
const JOIN_LIFE_MS = 30 * 86_400_000;
/** A dead invitation says what became of it for so long after its expiry, then it is forgotten. */
const ANSWERS_MINUTES = 24 * 60;
const SECRET_BYTES = 16;

/** Another's link that was followed, or the own invitation that is burned in the same transaction. */
export type MetThrough = ({ readonly joinedBy: PendingJoin } | { readonly burn: OwnInvitation }) & {
  readonly relayOnly: boolean;
};

export interface InvitationsOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly vault: Vault;
  readonly network: Network;
  readonly joinUrl: string;
  readonly name: () => string;
  /** Whether new conversations begin with the own IP address hidden. */
  readonly relayOnly: () => boolean;
  /** Whether new invitations ask before anybody is let in. */
  readonly askFirst: () => boolean;
  readonly meet: (met: Met, invitation: MetThrough) => Promise<Contact>;
  readonly joined: (publicKey: Uint8Array) => ConversationId | null;
  readonly onChange: () => void;
}

export class Invitations {
  readonly #options: InvitationsOptions;
  readonly #own = new Map<string, { record: OwnInvitation; party: HostParty }>();
  readonly #joins = new Map<string, PendingJoin>();
  readonly #alarm: Alarm;

  constructor(options: InvitationsOptions) {
    this.#options = options;
    this.#alarm = new Alarm(options.clock, () => {
      void this.lapse();
    });
  }

  /** Those that can still be used, newest first. */
  get views(): InvitationView[] {
    return this.#alive()
      .sort((a, b) => b.createdAt - a.createdAt)
      .map((record) => this.#view(record));
  }

  /** Who waits to be let in, the longest first. */
  get knocks(): Knock[] {
    return [...this.#own.values()].flatMap(({ party }) => [...party.knocks]);
  }

  answer(id: KnockId, yes: boolean): void {
    for (const { party } of this.#own.values()) party.answer(id, yes);
  }

  async load(): Promise<void> {
    const { vault, clock } = this.#options;
    for (const record of await vault.invitations()) this.#add(record);
    const forgotten: Write[] = [];
    for (const join of await vault.joins()) {
      if (join.createdAt + JOIN_LIFE_MS > clock.now()) this.#joins.set(join.id, join);
      else forgotten.push({ kind: 'remove-record', table: 'joins', id: join.id });
    }
    await this.#forget(forgotten);
    await this.lapse();
  }

  async create(): Promise<InvitationView> {
    const { random, clock, vault, relayOnly, askFirst, onChange } = this.#options;
    if (this.#alive().length >= MAX_ALIVE) throw new Problem('too-many-invitations');
    const record: OwnInvitation = {
      id: hex(random(8)),
      keys: generateKeyPair(random),
      secret: random(SECRET_BYTES),
      expiry: this.#minutes() + LIFE_MINUTES,
      createdAt: clock.now(),
      status: 'open',
      relayOnly: relayOnly(),
      askFirst: askFirst(),
      usedBy: null
    };
    await vault.write([vault.invitationWrite(record)]);
    this.#add(record);
    await this.lapse();
    onChange();
    return this.#view(record);
  }

  async change(id: InvitationId, { askFirst, minutes }: InvitationChange): Promise<InvitationView> {
    const { vault, onChange } = this.#options;
    const own = this.#own.get(id);
    if (!own || !this.#isAlive(own.record)) throw new Problem('link-expired');
    if (minutes !== undefined && !(Number.isInteger(minutes) && minutes > 0 && minutes <= MAX_LIFE_MINUTES))
      throw new UsageError('life');
    const record: OwnInvitation = {
      ...own.record,
      ...(askFirst === undefined ? {} : { askFirst }),
      ...(minutes === undefined ? {} : { expiry: this.#minutes() + minutes })
    };
    await vault.write([vault.invitationWrite(record)]);
    // Somebody may have used it meanwhile, and what that has written is the last word.
    if (own.record.status !== 'open') return this.#view(own.record);
    own.record = record;
    own.party.askFirst(record.askFirst);
    await this.lapse();
    onChange();
    return this.#view(record);
  }

  async revoke(id: InvitationId): Promise<void> {
    const { vault, onChange } = this.#options;
    const own = this.#own.get(id);
    if (own?.record.status !== 'open') return;
    const record: OwnInvitation = { ...own.record, status: 'revoked' };
    await vault.write([vault.invitationWrite(record)]);
    own.record = record;
    own.party.revoke();
    onChange();
  }

  /** @throws Problem when the link can not be used, as far as this side can tell. */
  inspect(fragment: string): void {
    this.#parse(fragment);
  }

  join(fragment: string, listener: (state: JoinState) => void): { close(): void } {
    const { joined } = this.#options;
    const invitation = this.#parse(fragment);
    const conversation = joined(invitation.publicKey);
    if (conversation !== null) {
      // The same link once more: the way back to the conversation that it began.
      queueMicrotask(() => {
        listener({ kind: 'joined', conversation });
      });
      return { close: () => undefined };
    }
    let close = (): void => undefined;
    let wanted = true;
    this.#guest(invitation, listener).then(
      (party) => {
        if (!wanted) return;
        close = () => {
          party.close();
        };
        this.#options.network.add(party);
      },
      (error: unknown) => {
        listener({ kind: 'failed', problem: problemOf(error) });
      }
    );
    return {
      close: () => {
        wanted = false;
        close();
      }
    };
  }

  /** The guest's key pair is on disk before anything is said with it: what a crash interrupts can be said again. */
  async #guest(invitation: Invitation, listener: (state: JoinState) => void): Promise<GuestParty<Contact>> {
    const { clock, random, network, name, meet, vault } = this.#options;
    const id = hex(invitation.publicKey);
    const known = this.#joins.get(id);
    const join = known ?? { id, pair: generateKeyPair(random), createdAt: clock.now() };
    if (!known) await vault.write([vault.joinWrite(join)]);
    this.#joins.set(id, join);
    // Whoever made the link may ask for it, and so may whoever follows it.
    const relayOnly = invitation.flags.relayOnly || this.#options.relayOnly();
    return new GuestParty({
      ...{
        clock,
        random,
        network,
        name,
        invitation,
        listener,
        pair: join.pair,
        introduced: known !== undefined,
        relayOnly
      },
      onMet: async (met) => {
        const contact = await meet(met, { joinedBy: join, relayOnly });
        this.#joins.delete(id);
        return contact;
      },
      onJoined: ({ state }) => {
        listener({ kind: 'joined', conversation: state.id as ConversationId });
      }
    });
  }

  close(): void {
    this.#alarm.clear();
    for (const { party } of this.#own.values()) party.close();
  }

  #parse(fragment: string): Invitation {
    let invitation: Invitation;
    try {
      invitation = decodeInvitation(fragment);
    } catch (error) {
      if (error instanceof InvitationError)
        throw new Problem(error.code === 'newer' ? 'link-newer' : 'link-malformed');
      throw error;
    }
    const { publicKey, expiry } = invitation;
    const own = [...this.#own.values()].some(({ record }) => equalBytes(record.keys.publicKey, publicKey));
    if (own) throw new Problem('link-own');
    const isBack = this.#options.joined(publicKey) !== null;
    if (!isBack && expiry !== 0 && expiry <= this.#minutes()) throw new Problem('link-expired');
    return invitation;
  }

  #add(record: OwnInvitation): void {
    const { clock, random, network, name, relayOnly, meet, onChange } = this.#options;
    // What the link promised, or what the user has decided since.
    const isHidden = (): boolean => record.relayOnly || relayOnly();
    const entry = {
      record,
      party: new HostParty(record, record.expiry <= this.#minutes(), {
        ...{ clock, random, network, name },
        relayOnly: isHidden,
        onKnocks: onChange,
        onMet: async (met) => {
          const open = entry.record;
          const used: OwnInvitation = {
            ...open,
            status: 'used',
            usedBy: met.established.pairing?.peer ?? null
          };
          // Before it is written: who changed the link meanwhile would write after it that it is open.
          entry.record = used;
          try {
            return await meet(met, { burn: used, relayOnly: isHidden() });
          } catch (error) {
            entry.record = open;
            throw error;
          } finally {
            onChange();
          }
        }
      })
    };
    this.#own.set(record.id, entry);
    network.add(entry.party);
  }

  /** Lets expired invitations say so, and forgets those that nobody can ask about any more. */
  async lapse(): Promise<void> {
    const { clock, network, onChange } = this.#options;
    const now = this.#minutes();
    const dead = [...this.#own.values()].filter(({ record }) => !this.#isAlive(record));
    for (const { party } of dead) party.lapse();
    const forgotten = dead
      .filter(({ record }, index) => record.expiry + ANSWERS_MINUTES <= now || index < dead.length - MAX_DEAD)
      .map(({ record, party }): Write => {
        this.#own.delete(record.id);
        network.remove(party);
        party.close();
        return { kind: 'remove-record', table: 'invitations', id: record.id };
      });
    await this.#forget(forgotten);
    if (dead.length > 0) onChange();
    const next = [...this.#own.values()]
      .map(({ record }) => (this.#isAlive(record) ? record.expiry : record.expiry + ANSWERS_MINUTES))
      .reduce((earliest, minutes) => Math.min(earliest, minutes), Infinity);
    this.#alarm.set(next === Infinity ? null : next * 60_000, clock.now());
  }

  /** Tidying can wait for the next start: a full disk must not keep the app from opening. It has heard of it. */
  async #forget(writes: readonly Write[]): Promise<void> {
    if (writes.length === 0) return;
    await this.#options.vault.write(writes).catch((error: unknown) => {
      if (!(error instanceof StoreError)) throw error;
    });
  }

  #alive(): OwnInvitation[] {
    return [...this.#own.values()].map(({ record }) => record).filter((record) => this.#isAlive(record));
  }

  #isAlive(record: OwnInvitation): boolean {
    return record.status === 'open' && record.expiry > this.#minutes();
  }

  #view({ id, keys, secret, expiry, relayOnly, askFirst }: OwnInvitation): InvitationView {
    const flags = { many: false, askFirst, relayOnly };
    const link = encodeInvitation({ flags, expiry, publicKey: keys.publicKey, secret });
    return {
      id: id as InvitationId,
      url: `${this.#options.joinUrl}#${link}`,
      expiresAt: expiry * 60_000,
      askFirst
    };
  }

  #minutes(): number {
    return Math.floor(this.#options.clock.now() / 60_000);
  }
}
