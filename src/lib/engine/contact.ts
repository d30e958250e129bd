/**
 * One conversation at work: its link to the other side (transitions are synchronous), its logs (one queue, one strict
 * commit after the other) and those who watch it. Out: commit, send, publish. In: commit, acknowledge, publish.
 */
import { wipe } from '../bytes.ts';
import type { Clock } from '../clock.ts';
import type { Dial, LinkEffect } from '../conversation/dial.ts';
import type { Met } from '../conversation/meeting.ts';
import {
  linkFromFirstContact,
  newLink,
  nextWake,
  onLink,
  type Link,
  type LinkEvent
} from '../conversation/link.ts';
import { ForkError } from '../conversation/apply.ts';
import { expire } from '../conversation/erase.ts';
import { forget } from '../conversation/forget.ts';
import { append, markSeen } from '../conversation/log.ts';
import { beginLog } from '../conversation/own-logs.ts';
import {
  MAX_OUTBOX,
  outboxOf,
  pairingOf,
  retaining,
  unlogged,
  type Change,
  type Conversation,
  type Row
} from '../conversation/state.ts';
import type { Random } from '../crypto/random.ts';
import { AuthError, UsageError, WireError } from '../errors.ts';
import type { Envelope } from '../protocol/envelope.ts';
import type { Rendezvous } from '../protocol/topics.ts';
import { StoreError, type Write } from '../storage/store.ts';
import { LOG_ID_BYTES, type Content } from '../wire/content.ts';
import { encodeControl, type Control } from '../wire/control.ts';
import type { PeerEvent } from '../wire/peer.ts';
import { Alarm } from './alarm.ts';
import { completed } from './completed.ts';
import { Problem, type Connection, type Diagnosis, type Settings } from './api.ts';
import { shownTime, type Lifetime } from './lifetime.ts';
import { Moves } from './moves.ts';
import type { Network, Party } from './network.ts';
import { Delivery } from './delivery.ts';
import { Doctor, type DoctorOptions } from './doctor.ts';
import { GroupCommit, type DecideOf } from './group-commit.ts';
import type { Room } from './room.ts';
import { Serial } from './serial.ts';
import { Typing } from './typing.ts';
import type { Vault } from './vault.ts';

export interface ContactContext extends Pick<DoctorOptions, 'iceOffer' | 'webrtc'> {
  readonly clock: Clock;
  readonly random: Random;
  readonly lifetime: Lifetime;
  readonly vault: Vault;
  readonly network: Network;
  readonly room: Room;
  readonly settings: () => Settings;
  /** Something that the list or a timeline shows has changed; `change` is what was committed, if anything was. */
  readonly onChange: (contact: Contact, change: Change | null, before?: Conversation) => void;
}

export class Contact implements Party {
  readonly #context: ContactContext;
  readonly #queue = new Serial();
  readonly #changes: GroupCommit;
  readonly #moves = new Moves();
  readonly #alarm: Alarm;
  readonly #doctor: Doctor;
  #state: Conversation;
  /** The log that was written to when this page came: it is another page's. */
  readonly #found: Uint8Array | null;
  #link: Link;
  /** The exchange over the open session. */
  #delivery: Delivery | null = null;
  /** The newest of what sessions left behind. */
  #retaining: readonly Uint8Array[] | null = null;
  readonly #typing: Typing;
  #closed = false;

  constructor(context: ContactContext, state: Conversation, dialing: Dial | null) {
    this.#context = context;
    this.#doctor = new Doctor(context);
    this.#state = state;
    this.#found = dialing ? null : state.own.id;
    this.#link = dialing
      ? linkFromFirstContact(state.contact, dialing, context.clock.elapsed())
      : newLink(state.contact);
    this.#alarm = new Alarm(context.clock, () => {
      this.#handle({ kind: 'wake' });
    });
    this.#changes = new GroupCommit({
      vault: context.vault,
      run: (work) => this.#queue.run(work),
      state: () => {
        if (this.#closed) throw new UsageError('the conversation is closed');
        return this.#state;
      },
      commit: (change) => this.#commit(change),
      committed: async () => this.#delivery?.pump()
    });
    this.#typing = new Typing(context.clock, () => {
      context.onChange(this, null);
    });
    this.#setAlarm();
  }

  get root(): Uint8Array {
    return this.#state.contact.rdv;
  }

  get relayOnly(): boolean {
    return this.#state.relayOnly || this.#doctor.throughRelay;
  }

  get state(): Conversation {
    return this.#state;
  }

  /** Whether an own entry that is not delivered has been sent in this session. */
  isSent(row: Row): boolean {
    return this.#delivery?.isSent(row) ?? false;
  }

  /** Who does not say that they type does not see who does. */
  get typing(): boolean {
    return this.#typing.shown && this.#context.settings().typing;
  }

  get settings(): Settings {
    return this.#context.settings();
  }

  get connection(): Connection {
    return this.#doctor.connection(this.#link, this.#state.metAt);
  }

  examine(): Promise<Diagnosis> {
    return this.#doctor.examine(this.#link, this.relayOnly);
  }

  // --- What the user does ---

  /** Changes the conversation's record, and none of its entries. */
  set(partial: Partial<Conversation>): Promise<void> {
    return this.#changes.ask((state) => unlogged({ ...state, ...partial }));
  }

  /** Writes to the own log; `decide` gets the conversation with a log of this page, and the times that a DecideOf gets. */
  write(decide: (state: Conversation, now: number, at: number) => Change | null): Promise<void> {
    return this.#changes.ask((state) => {
      if (outboxOf(state) >= MAX_OUTBOX) throw new Problem('outbox-full');
      return decide(this.#writing(state), this.#now(), this.#at());
    });
  }

  /** Appends an entry to the own log. */
  append(content: Content, ttl: number): Promise<void> {
    return this.write((state, ...times) => append(state, content, ttl, ...times));
  }

  /** Writes about rows, which are read first. */
  writeOf(refs: readonly string[], decide: DecideOf): Promise<void> {
    return this.changeOf(refs, (state, ...rest) => decide(this.#writing(state), ...rest));
  }

  /** Changes rows, and writes nothing to the own log. */
  changeOf(refs: readonly string[], decide: DecideOf): Promise<void> {
    return this.#changes.ask(async (state, rowsOf) =>
      decide(state, await rowsOf(this.#moves.follow(refs)), this.#now(), this.#at())
    );
  }

  seen(refs: readonly string[]): Promise<void> {
    return this.writeOf(refs, (state, rows, now) => markSeen(state, rows, now, this.settings.receipts));
  }

  /** Destroys what of these rows is over its deadline. */
  expire(refs: readonly string[]): Promise<void> {
    return this.changeOf(refs, expire);
  }

  /** Erases everything but what tells the other side to do the same. */
  forget(): Promise<void> {
    return this.#changes.ask((state) =>
      state.forgotten ? null : forget(state, this.#context.random(LOG_ID_BYTES), this.#now())
    );
  }

  notifyTyping(): void {
    if (!this.#context.settings().typing) return;
    if (this.#link.open && this.#typing.isDue()) this.#say({ kind: 'typing' });
  }

  /** The first contact took place once more, because the other side had not heard the end of it: new keys. */
  async meetAgain(met: Met, also: Write): Promise<void> {
    await this.#queue.run(async () => {
      const { vault, clock } = this.#context;
      const state = { ...this.#state, ...pairingOf(met) };
      await vault.write([vault.conversationWrite(state), also]);
      this.#handle({ kind: 'close' });
      this.#state = state;
      this.#link = linkFromFirstContact(state.contact, met.dial, clock.elapsed());
      this.#setAlarm();
    });
  }

  retry(changed: boolean): void {
    this.#handle({ kind: 'retry', changed });
  }

  reconnect(throughRelay: boolean): void {
    this.#doctor.begin(throughRelay);
    this.#context.network.drop(this);
    this.retry(true);
  }

  /** Ends the link, and what is being written is written to its end; what waits behind that is refused. */
  async close(): Promise<void> {
    this.#end();
    await this.#queue.run(() => Promise.resolve());
  }

  /** Erases the conversation with its last commit. If that fails, everything goes on as before. */
  async destroy(): Promise<void> {
    await this.hold(async ({ id }) => {
      await this.#context.vault.write(this.#context.vault.destroyWrites(id));
      this.#end();
    });
  }

  /** Nothing of it changes while this is done. */
  hold<T>(work: (state: Conversation) => Promise<T>): Promise<T> {
    return this.#queue.run(() => work(this.#state));
  }

  // --- What the network says ---

  onServer(online: boolean): void {
    this.#handle({ kind: 'server', online });
  }

  onPresent(): void {
    this.#handle({ kind: 'present' });
  }

  onEnvelope(rendezvous: Rendezvous, envelope: Envelope): void {
    this.#handle({ kind: 'envelope', rendezvous, envelope });
  }

  onPeer(id: string, event: PeerEvent): void {
    this.#doctor.heard(id, event);
    this.#handle({ kind: 'peer', id, event });
  }

  #handle(event: LinkEvent): void {
    if (this.#closed) return;
    const { clock, random, network } = this.#context;
    const before = this.connection.kind;
    const rendezvous = network.meetingPlace(this);
    const [link, effects] = onLink(this.#link, event, { now: clock.elapsed(), random, rendezvous });
    this.#doctor.moved(this.#link, link);
    this.#link = link;
    for (const effect of effects) this.#perform(effect);
    this.#setAlarm();
    if (this.connection.kind !== before || event.kind === 'server') this.#context.onChange(this, null);
  }

  #perform(effect: LinkEffect): void {
    switch (effect.kind) {
      case 'up':
      case 'down':
        this.#delivery?.close();
        this.#delivery = effect.kind === 'up' ? this.#newDelivery() : null;
        this.#typing.hide();
        return;
      case 'message':
        this.#delivery?.receive(effect.data);
        return;
      case 'retain':
        void this.#retain(effect.retained, effect.continuity);
        return;
      case 'wipe':
        wipe(...effect.secrets);
        return;
      default:
        this.#context.network.perform(this, effect);
    }
  }

  #end(): void {
    this.#delivery?.close();
    this.#handle({ kind: 'close' });
    this.#closed = true;
    this.#alarm.clear();
  }

  #setAlarm(): void {
    this.#alarm.set(nextWake(this.#link), this.#context.clock.elapsed());
  }

  /**
   * Stores what the session leaves behind; only then the next handshake may begin from it, and only then the peer
   * hears SYNC, which tells it so (section 7).
   */
  async #retain(retained: readonly Uint8Array[], continuity: boolean): Promise<void> {
    const session = this.#link.open?.id;
    this.#retaining = retained;
    try {
      await this.#changes.ask((state) => retaining(state, retained, continuity, this.#at()));
      if (this.#link.open?.id === session) this.#delivery?.start(retained);
    } catch (error) {
      // Not stored: the secrets before these are still good, and the app has heard of its storage.
      if (!(error instanceof StoreError || error instanceof UsageError)) throw error;
      if (this.#closed || this.#link.open?.id !== session || this.#retaining !== retained) return;
      if (error instanceof UsageError || error.code !== 'full') this.#strike(error);
      else this.#context.room.later(() => void this.#retain(retained, continuity));
    }
  }

  #newDelivery(): Delivery {
    const { vault, random, room, onChange } = this.#context;
    return new Delivery({
      vault,
      random,
      later: room.later.bind(room),
      now: () => this.#now(),
      at: () => this.#at(),
      state: () => this.#state,
      commit: (change) => this.#commit(change),
      run: (work) => this.#queue.run(work),
      say: (control) => {
        this.#say(control);
      },
      strike: (error) => {
        this.#strike(error);
      },
      onTyping: (typing) => {
        this.#typing[typing ? 'show' : 'hide']();
      },
      onSent: () => {
        onChange(this, null);
      },
      onAnswered: () => {
        this.#handle({ kind: 'answered' });
      }
    });
  }

  /** One strike (section 8): the session ends, a handshake makes a new one. Faults of our own are not swallowed. */
  #strike(error: unknown): void {
    // Storage failed: nothing was acknowledged, and the whole app has heard of it.
    if (!(error instanceof WireError || error instanceof AuthError || error instanceof StoreError))
      throw error;
    if (error instanceof ForkError && !this.#state.forked) void this.#alarmOfFork();
    this.#handle({ kind: 'strike' });
  }

  async #alarmOfFork(): Promise<void> {
    try {
      await this.set({ forked: true });
    } catch (reason) {
      // Not stored: the next contradiction will be told.
      if (!(reason instanceof StoreError || reason instanceof UsageError)) throw reason;
    }
  }

  #say(control: Control): void {
    // An entry is acknowledged; nothing else is.
    this.#handle({ kind: 'send', data: encodeControl(control), awaits: control.kind === 'entry' });
  }

  /** The conversation with a log of this page. */
  #writing(state: Conversation): Conversation {
    if (state.forgotten) throw new UsageError('no such conversation');
    return state.own.id === this.#found ? beginLog(state, this.#context.random(LOG_ID_BYTES)) : state;
  }

  async #commit(change: Change): Promise<void> {
    const { vault, onChange } = this.#context;
    const whole = await completed(vault, this.#state, change);
    await vault.write(vault.changeWrites(whole, this.#state));
    this.#moves.add(change.moved ?? []);
    const before = this.#state;
    this.#state = whole.conversation;
    if (this.#state.contact !== before.contact) this.#handle({ kind: 'stored', keys: this.#state.contact });
    onChange(this, whole, before);
  }

  #now(): number {
    return this.#context.lifetime.now();
  }

  #at(): number {
    return shownTime(this.#context.clock);
  }
}
