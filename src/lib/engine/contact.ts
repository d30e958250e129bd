/**
 * One conversation at work: its link to the other side (transitions are synchronous), its logs (one queue, one strict
 * commit after the other) and those who watch it. Out: commit, send, publish. In: commit, acknowledge, publish.
 */
import { fromHex, hex, utf8 } from '../bytes.ts';
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
import {
  acknowledged,
  append,
  apply,
  eraseForEveryone,
  eraseForMe,
  expire,
  markSeen,
  place,
  references,
  restartLog,
  restoreLast
} from '../conversation/log.ts';
import {
  isAlive,
  MAX_OUTBOX,
  pairingOf,
  parseRef,
  refOf,
  WINDOW,
  type Change,
  type Conversation,
  type Row
} from '../conversation/state.ts';
import type { Random } from '../crypto/random.ts';
import { AuthError, UsageError, WireError } from '../errors.ts';
import type { Envelope } from '../protocol/envelope.ts';
import type { Rendezvous } from '../protocol/topics.ts';
import { StoreError, type Write } from '../storage/store.ts';
import { MAX_TEXT_BYTES, type Content } from '../wire/content.ts';
import { decodeControl, encodeControl, type Control, type Position } from '../wire/control.ts';
import type { PeerEvent } from '../wire/peer.ts';
import { Alarm } from './alarm.ts';
import { Problem, type Connection } from './api.ts';
import type { Lifetime } from './lifetime.ts';
import type { Network, Party } from './network.ts';
import { Pending } from './pending.ts';
import { Serial } from './serial.ts';
import type { Vault } from './vault.ts';

/** Messages of the peer that wait to be stored (protocol, section 12). */
const MAX_INBOX = 256;
/** Entries that are stored in one transaction. */
const BATCH = 100;
const TYPING_SHOWN_MS = 5_000;
const TYPING_SENT_MS = 3_000;
/** A list's last line is looked for among so many rows when the old one went. */
const LAST_LINE_SEARCH = 30;

export interface ContactContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly lifetime: Lifetime;
  readonly vault: Vault;
  readonly network: Network;
  /** Something that the list or a timeline shows has changed; `change` is what was committed, if anything was. */
  readonly onChange: (contact: Contact, change: Change | null) => void;
}

export class Contact implements Party {
  readonly #context: ContactContext;
  readonly #queue = new Serial();
  readonly #alarm: Alarm;
  #state: Conversation;
  #link: Link;
  #inbox: Control[] = [];
  /** Own entries up to here were sent in this session; null: the peer has not said yet what it has. */
  #sent: number | null = null;
  #typingUntil = 0;
  #typingSentAt = 0;
  #closed = false;

  constructor(context: ContactContext, state: Conversation, dialing: Dial | null) {
    this.#context = context;
    this.#state = state;
    this.#link = dialing
      ? linkFromFirstContact(state.contact, dialing, context.clock.now())
      : newLink(state.contact);
    this.#alarm = new Alarm(context.clock, () => {
      this.#handle({ kind: 'wake' });
    });
    this.#setAlarm();
  }

  get root(): Uint8Array {
    return this.#state.contact.rdv;
  }

  get state(): Conversation {
    return this.#state;
  }

  get sent(): number {
    return Math.max(this.#sent ?? 0, this.#state.own.acked);
  }

  get typing(): boolean {
    return this.#context.clock.now() < this.#typingUntil;
  }

  get connection(): Connection {
    const { open, half, attempts } = this.#link;
    if (open) return { kind: 'connected' };
    if (!this.#context.network.online) return { kind: 'offline' };
    const connecting = half !== null && (half.step !== 'asked' || attempts <= 2);
    return { kind: connecting ? 'connecting' : 'waiting' };
  }

  // --- What the user does ---

  async send(text: string): Promise<void> {
    if (utf8(text).length > MAX_TEXT_BYTES) throw new Problem('text-too-long');
    await this.append((state) => ({ content: { kind: 'text', text }, ttl: state.timer.ttl }), { draft: '' });
  }

  async setTimer(seconds: number): Promise<void> {
    await this.append(() => ({ content: { kind: 'timer' }, ttl: seconds }));
  }

  async setTitle(title: string): Promise<void> {
    await this.#change((state) => ({
      conversation: { ...state, title: title === '' ? null : title },
      put: [],
      remove: []
    }));
  }

  async setDraft(draft: string): Promise<void> {
    if (draft === this.#state.draft) return;
    await this.#change((state) => ({ conversation: { ...state, draft }, put: [], remove: [] }));
  }

  /** Appends an entry to the own log, and changes the conversation's record along with it. */
  async append(
    entry: (state: Conversation) => { content: Content; ttl: number },
    also: Partial<Conversation> = {}
  ): Promise<void> {
    await this.#change((state) => {
      if (state.own.seq - state.own.acked >= MAX_OUTBOX) throw new Problem('outbox-full');
      const { content, ttl } = entry(state);
      return append({ ...state, ...also }, content, ttl, this.#now());
    });
  }

  async seen(refs: readonly string[]): Promise<void> {
    await this.#changeRows(refs, (state, rows) => markSeen(state, rows, this.#now()));
  }

  async eraseForMe(ref: string): Promise<void> {
    await this.#changeRows([ref], (state, [row]) => (row ? eraseForMe(state, row) : null));
  }

  async eraseForEveryone(ref: string): Promise<void> {
    await this.#changeRows([ref], (state, [row]) => {
      if (!row?.mine || row.content.kind !== 'text') return null;
      return eraseForEveryone(state, row, this.#now());
    });
  }

  /** Destroys what of these rows is over its deadline. */
  async expire(refs: readonly string[]): Promise<void> {
    await this.#changeRows(refs, (state, rows) => expire(state, rows, this.#now()));
  }

  notifyTyping(): void {
    const now = this.#context.clock.now();
    if (now - this.#typingSentAt < TYPING_SENT_MS || !this.#link.open) return;
    this.#typingSentAt = now;
    this.#say({ kind: 'typing' });
  }

  /** The first contact took place once more, because the other side had not heard the end of it: new keys. */
  async meetAgain(met: Met, also: Write): Promise<void> {
    await this.#queue.run(async () => {
      const { vault, clock } = this.#context;
      const state = { ...this.#state, ...pairingOf(met) };
      await vault.write([vault.conversationWrite(state), also]);
      this.#handle({ kind: 'close' });
      this.#state = state;
      this.#link = linkFromFirstContact(state.contact, met.dial, clock.now());
      this.#setAlarm();
    });
  }

  retry(): void {
    this.#handle({ kind: 'retry' });
  }

  /** Ends the link. What was asked for before is still written; nothing after it. */
  async close(): Promise<void> {
    this.#handle({ kind: 'close' });
    this.#closed = true;
    this.#alarm.clear();
    await this.#queue.run(() => Promise.resolve());
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
    this.#handle({ kind: 'peer', id, event });
  }

  #handle(event: LinkEvent): void {
    if (this.#closed) return;
    const { clock, random, network } = this.#context;
    const before = this.connection.kind;
    const rendezvous = network.meetingPlace(this);
    const [link, effects] = onLink(this.#link, event, { now: clock.now(), random, rendezvous });
    this.#link = link;
    for (const effect of effects) this.#perform(effect);
    this.#setAlarm();
    if (this.connection.kind !== before || event.kind === 'server') this.#context.onChange(this, null);
  }

  #perform(effect: LinkEffect): void {
    switch (effect.kind) {
      case 'up':
        this.#inbox = [];
        this.#sent = null;
        this.#say({ kind: 'sync', positions: this.#positions() });
        return;
      case 'down':
        this.#inbox = [];
        this.#sent = null;
        this.#typingUntil = 0;
        return;
      case 'message':
        this.#receive(effect.data);
        return;
      default:
        this.#context.network.perform(this, effect);
    }
  }

  #setAlarm(): void {
    this.#alarm.set(nextWake(this.#link), this.#context.clock.now());
  }

  // --- In: commit, acknowledge, publish ---

  #receive(data: Uint8Array): void {
    try {
      const control = decodeControl(data);
      if (control.kind === 'typing') {
        this.#showTyping();
        return;
      }
      if (this.#inbox.length >= MAX_INBOX) throw new WireError('too fast');
      this.#inbox.push(control);
    } catch (error) {
      this.#strike(error);
      return;
    }
    if (this.#inbox.length === 1) void this.#queue.run(() => this.#drain());
  }

  /** Stores everything that has arrived, a batch a transaction, and tells the peer what is safe. */
  async #drain(): Promise<void> {
    while (this.#inbox.length > 0 && !this.#closed) {
      const batch = this.#inbox.slice(0, BATCH);
      const session = this.#link.open?.id;
      try {
        await this.#applyBatch(batch, session);
      } catch (error) {
        this.#inbox = [];
        this.#strike(error);
        return;
      }
      // A new session has emptied the inbox meanwhile; what it brings is drained by the next turn of the queue.
      if (this.#link.open?.id !== session) return;
      this.#inbox.splice(0, batch.length);
    }
    await this.#pump();
  }

  async #applyBatch(batch: readonly Control[], session: string | undefined): Promise<void> {
    const pending = new Pending(this.#state, this.#context.vault);
    const touched = new Map<string, Uint8Array>();
    let sent = this.#sent;
    for (const control of batch) {
      if (control.kind === 'entry') {
        const { entry, duplicate } = place(pending.conversation, control.entry);
        touched.set(hex(entry.log), entry.log);
        if (duplicate) continue;
        const rows = await pending.rows(references(entry));
        pending.add(apply(pending.conversation, entry, control.entry, rows, this.#now()));
        if (entry.content.kind === 'text') this.#typingUntil = 0;
      } else if (control.kind === 'ack') {
        await this.#acknowledge(pending, control.position);
      } else if (control.kind === 'sync') {
        sent = await this.#synchronise(pending, control.positions);
      }
    }
    await this.#commit(pending.change());
    if (this.#link.open?.id !== session) return;
    this.#sent = sent === null ? null : Math.max(sent, this.#state.own.acked);
    for (const [key, log] of touched) {
      this.#say({ kind: 'ack', position: { log, upto: this.#state.peers.get(key)?.upto ?? 0 } });
    }
  }

  async #acknowledge(pending: Pending, { log, upto }: Position): Promise<void> {
    const { own } = pending.conversation;
    // An acknowledgement of a log that has been given up.
    if (hex(log) !== hex(own.id)) return;
    if (upto > own.seq) throw new WireError('acknowledged what was never written');
    if (upto <= own.acked) return;
    const rows = await pending.rows([{ log: hex(own.id), from: own.acked + 1, to: upto }]);
    pending.add(acknowledged(pending.conversation, upto, rows));
  }

  /** The peer says what it has of this side's logs. Returns up to where nothing needs to be sent. */
  async #synchronise(pending: Pending, positions: readonly Position[]): Promise<number> {
    const { own } = pending.conversation;
    const upto = positions.find(({ log }) => hex(log) === hex(own.id))?.upto ?? 0;
    if (upto > own.seq || upto < own.acked) {
      // One side was restored from an older state (section 9): a new log, with everything that still waits.
      const log = hex(own.id);
      const waiting = upto > own.seq ? [] : await pending.rows([{ log, from: own.acked + 1, to: own.seq }]);
      pending.add(
        restartLog(pending.conversation, this.#context.random(own.id.length), waiting, this.#now())
      );
      return 0;
    }
    await this.#acknowledge(pending, { log: own.id, upto });
    return upto;
  }

  /** One strike (section 8): the session ends, a handshake makes a new one. Faults of our own are not swallowed. */
  #strike(error: unknown): void {
    // Storage failed: nothing was acknowledged, and the whole app has heard of it.
    if (!(error instanceof WireError || error instanceof AuthError || error instanceof StoreError))
      throw error;
    const id = this.#link.open?.id;
    if (id !== undefined) this.#handle({ kind: 'peer', id, event: { kind: 'closed' } });
  }

  #showTyping(): void {
    const { clock, onChange } = this.#context;
    this.#typingUntil = clock.now() + TYPING_SHOWN_MS;
    onChange(this, null);
    clock.after(TYPING_SHOWN_MS, () => {
      if (!this.typing) onChange(this, null);
    });
  }

  // --- Out: commit, send, publish ---

  /** Sends what the window has room for, in order. Runs inside the queue. */
  async #pump(): Promise<void> {
    const session = this.#link.open?.id;
    const { own } = this.#state;
    if (session === undefined || this.#sent === null || this.#closed) return;
    const from = Math.max(this.#sent, own.acked) + 1;
    const to = Math.min(own.seq, own.acked + WINDOW);
    if (from > to) return;
    const rows = await this.#context.vault.rows(this.#state.id, hex(own.id), from, to);
    const dead = rows.filter((row) => !isAlive(row, this.#now()));
    if (dead.length > 0) {
      await this.#commit(expire(this.#state, dead, this.#now()));
      return this.#pump();
    }
    if (this.#link.open?.id !== session) return;
    for (const row of rows) this.#say({ kind: 'entry', entry: row.bytes });
    this.#sent = to;
    this.#context.onChange(this, { conversation: this.#state, put: rows, remove: [] });
  }

  #say(control: Control): void {
    this.#handle({ kind: 'send', data: encodeControl(control) });
  }

  #positions(): Position[] {
    return [...this.#state.peers].map(([log, { upto }]) => ({ log: fromHex(log), upto }));
  }

  async #changeRows(
    refs: readonly string[],
    decide: (state: Conversation, rows: Row[]) => Change | null
  ): Promise<void> {
    await this.#change(async (state) => {
      const wanted = refs.map(parseRef).filter((ref) => ref !== null);
      const rows = await Promise.all(
        wanted.map(({ log, seq }) => this.#context.vault.rows(state.id, log, seq, seq))
      );
      return decide(state, rows.flat());
    });
  }

  #change(decide: (state: Conversation) => Change | null | Promise<Change | null>): Promise<void> {
    return this.#queue.run(async () => {
      if (this.#closed) throw new UsageError('the conversation is closed');
      const change = await decide(this.#state);
      if (!change) return;
      await this.#commit(change);
      await this.#pump();
    });
  }

  async #commit(change: Change): Promise<void> {
    const { vault, onChange } = this.#context;
    const completed = await this.#withLastLine(change);
    await vault.write(vault.changeWrites(completed));
    this.#state = completed.conversation;
    onChange(this, completed);
  }

  /** Where the list's last line goes, the one before it comes back. */
  async #withLastLine(change: Change): Promise<Change> {
    const { conversation } = change;
    if (conversation.last !== null || this.#state.last === null) return change;
    const gone = new Set([...change.put, ...change.remove].map(refOf));
    const rows = await this.#context.vault.page(conversation.id, null, LAST_LINE_SEARCH);
    return {
      ...change,
      conversation: restoreLast(
        conversation,
        rows.filter((row) => !gone.has(refOf(row)))
      )
    };
  }

  #now(): number {
    return this.#context.lifetime.now();
  }
}
