/**
 * The engine of the tab that holds the lease: everything that is kept, opened once, and everything that the user may
 * ask for. It is made whole and thrown away whole; session.ts decides when.
 */
import { equalBytes, hex, utf8 } from '../bytes.ts';
import type { Clock } from '../clock.ts';
import type { Met } from '../conversation/meeting.ts';
import type { Change, Conversation } from '../conversation/state.ts';
import type { Random } from '../crypto/random.ts';
import { UsageError } from '../errors.ts';
import type { Store, StoreError, Write } from '../storage/store.ts';
import type { ConnectPeer, ConnectSignaling } from '../transport/ports.ts';
import { cleanName, MAX_NAME_BYTES, MAX_TTL_SECONDS } from '../wire/content.ts';
import {
  Problem,
  type ConversationId,
  type ConversationSummary,
  type Diagnosis,
  type InvitationId,
  type InvitationView,
  type JoinState,
  type MessageId,
  type ProblemCode,
  type Safety,
  type Settings,
  type Timeline,
  type TimelineHandle
} from './api.ts';
import { Contact, type ContactContext } from './contact.ts';
import type { IceOffer } from './diagnosis.ts';
import { Invitations, type MetThrough } from './invitations.ts';
import { Lifetime } from './lifetime.ts';
import { Network } from './network.ts';
import { Room } from './room.ts';
import { isCodeOf, safetyOf } from './safety.ts';
import { Sweeper } from './sweeper.ts';
import { firstState, summarise } from './summary.ts';
import { OpenTimeline } from './timeline.ts';
import { HIGH_WATER_MARK, Vault } from './vault.ts';

const MAX_CONVERSATIONS = 500;

export interface ActiveOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly store: Store;
  readonly connectSignaling: ConnectSignaling;
  readonly connectPeer: ConnectPeer;
  /** Where the app is served, for links: `https://host/join`. */
  readonly joinUrl: string;
  /** STUN and TURN servers, as far as they are known. */
  readonly iceOffer: () => IceOffer;
  /** What this browser lacks, if anything. */
  readonly problem: ProblemCode | null;
  readonly onChange: () => void;
  /** A commit failed for a reason that concerns the whole app; a commit is on disk. */
  readonly onFailure: (error: StoreError) => void;
  readonly onWritten: () => void;
}

/** The options, and what was opened with them. */
interface Opened extends ActiveOptions {
  readonly lifetime: Lifetime;
  readonly vault: Vault;
  readonly room: Room;
}

export class ActiveEngine {
  readonly #options: Opened;
  readonly #network: Network;
  readonly #sweeper: Sweeper;
  readonly #contacts = new Map<string, Contact>();
  readonly #invitations: Invitations;
  readonly #timelines = new Set<OpenTimeline>();
  #name: string;
  #settings: Settings;

  private constructor(options: Opened, name: string, settings: Settings) {
    const { clock, random, lifetime, vault, connectSignaling, connectPeer, onChange } = options;
    this.#options = options;
    this.#name = name;
    this.#settings = settings;
    this.#network = new Network({
      clock,
      random,
      connectSignaling,
      connectPeer,
      onServer: () => {
        onChange();
      }
    });
    this.#sweeper = new Sweeper(clock, lifetime, vault, async (id, refs) =>
      this.#contacts.get(id)?.expire(refs)
    );
    this.#invitations = new Invitations({
      clock,
      random,
      vault,
      network: this.#network,
      joinUrl: options.joinUrl,
      name: () => this.#name,
      relayOnly: () => this.#settings.relayOnly,
      meet: (met, invitation) => this.#meet(met, invitation),
      joined: (publicKey) => this.#joinedBy(publicKey),
      onChange
    });
  }

  static async open(options: ActiveOptions): Promise<ActiveEngine> {
    const { store, random, clock, onChange, onFailure, onWritten } = options;
    const mark = await store.meta(HIGH_WATER_MARK);
    const lifetime = new Lifetime(clock, Number.isSafeInteger(mark) ? Number(mark) : 0);
    const room = new Room(clock);
    const vault = await Vault.open({
      ...{ store, random, lifetime, onFailure, onDamaged: onChange },
      onWritten: () => {
        room.retry();
        onWritten();
      }
    });
    const engine = new ActiveEngine(
      { ...options, lifetime, vault, room },
      await vault.name(),
      await vault.settings()
    );
    for (const state of await vault.conversations())
      engine.#add(new Contact(engine.#contactContext(), state, null));
    await engine.#invitations.load();
    // What died while the app was closed goes before anything is shown.
    await engine.#sweeper.sweep();
    return engine;
  }

  get online(): boolean {
    return this.#network.online;
  }

  get name(): string {
    return this.#name;
  }

  get settings(): Settings {
    return this.#settings;
  }

  /** What was found on the disk that cannot be read. */
  get damaged(): number {
    return this.#options.vault.damaged;
  }

  get conversations(): ConversationSummary[] {
    return [...this.#contacts.values()].map(summarise).sort((a, b) => b.lastAt - a.lastAt);
  }

  get invitations(): readonly InvitationView[] {
    return this.#invitations.views;
  }

  openTimeline(id: ConversationId, listener: (timeline: Timeline) => void): TimelineHandle {
    const { vault, lifetime } = this.#options;
    const timeline = new OpenTimeline(
      this.#contact(id),
      vault,
      () => lifetime.now(),
      listener,
      (closed) => this.#timelines.delete(closed)
    );
    this.#timelines.add(timeline);
    return timeline;
  }

  async send(id: ConversationId, text: string): Promise<void> {
    await this.#contact(id).send(text);
  }

  async setDraft(id: ConversationId, text: string): Promise<void> {
    const contact = this.#contact(id);
    if (text !== contact.state.draft) await contact.set({ draft: text });
  }

  async setTimer(id: ConversationId, seconds: number): Promise<void> {
    if (!Number.isInteger(seconds) || seconds < 0 || seconds > MAX_TTL_SECONDS) throw new UsageError('timer');
    await this.#contact(id).setTimer(seconds);
  }

  async setTitle(id: ConversationId, title: string): Promise<void> {
    const clean = shorten(cleanName(title));
    await this.#contact(id).set({ title: clean === '' ? null : clean });
  }

  safety(id: ConversationId): Promise<Safety> {
    return safetyOf(this.#contact(id).state, this.#options.clock);
  }

  /** A scanned code: if it is this contact's they are verified, if not they are known to differ. */
  async scanned(id: ConversationId, code: string): Promise<boolean> {
    const contact = this.#contact(id);
    const matches = await isCodeOf(contact.state, code, this.#options.clock);
    await contact.setTrust(matches ? 'verified' : 'differs');
    return matches;
  }

  async setTrust(id: ConversationId, trust: Conversation['trust']): Promise<void> {
    await this.#contact(id).setTrust(trust);
  }

  /** The user has read that the keys were reset, or that the log forked, and goes on with somebody who is not verified any more. */
  async acceptReset(id: ConversationId): Promise<void> {
    await this.#contact(id).setTrust('new');
  }

  async setRelayOnly(id: ConversationId, relayOnly: boolean): Promise<void> {
    const contact = this.#contact(id);
    await contact.set({ relayOnly });
    // A connection that shows what is to be hidden, or hides what is to be shown, is replaced at once.
    contact.reconnect(false);
  }

  examine(id: ConversationId): Promise<Diagnosis> {
    return this.#contact(id).examine();
  }

  reconnect(id: ConversationId, throughRelay: boolean): Promise<void> {
    this.#network.retry(true);
    this.#contact(id).reconnect(throughRelay);
    return Promise.resolve();
  }

  async deleteForMe(id: ConversationId, message: MessageId): Promise<void> {
    await this.#contact(id).eraseForMe(message);
  }

  async deleteForEveryone(id: ConversationId, message: MessageId): Promise<void> {
    await this.#contact(id).eraseForEveryone(message);
  }

  async deleteConversation(id: ConversationId): Promise<void> {
    const contact = this.#contact(id);
    await contact.destroy();
    this.#network.remove(contact);
    for (const timeline of [...this.#timelines]) if (timeline.contact === contact) timeline.close();
    this.#contacts.delete(id);
    this.#options.onChange();
  }

  async setName(name: string): Promise<void> {
    const clean = shorten(cleanName(name));
    if (clean === this.#name) return;
    await this.#options.vault.write([this.#options.vault.nameWrite(clean)]);
    const contacts = [...this.#contacts.values()];
    await Promise.all(
      contacts.map((contact) => contact.append(() => ({ content: { kind: 'name', name: clean }, ttl: 0 })))
    );
    // Not before everybody will hear of it: whoever has to be asked again is told again.
    this.#name = clean;
    this.#options.onChange();
  }

  async setSettings(changed: Partial<Settings>): Promise<void> {
    const settings: Settings = { ...this.#settings, ...changed };
    await this.#options.vault.write([this.#options.vault.settingsWrite(settings)]);
    this.#settings = settings;
    this.#options.onChange();
  }

  createInvitation(): Promise<InvitationView> {
    return this.#invitations.create();
  }

  revokeInvitation(id: InvitationId): Promise<void> {
    return this.#invitations.revoke(id);
  }

  inspectLink(fragment: string): void {
    this.#invitations.inspect(fragment);
  }

  join(fragment: string, listener: (state: JoinState) => void): { close(): void } {
    return this.#invitations.join(fragment, listener);
  }

  wake(changed: boolean): void {
    this.#options.room.retry();
    this.#network.retry(changed);
    for (const contact of this.#contacts.values()) contact.retry(changed);
    void this.#sweeper.sweep();
    this.#publish(null, null);
  }

  /** Nothing is written, sent or painted after this. */
  close(): void {
    for (const timeline of [...this.#timelines]) timeline.close();
    this.#options.room.close();
    this.#sweeper.close();
    this.#invitations.close();
    for (const contact of this.#contacts.values()) void contact.close();
    this.#network.close();
  }

  #contactContext(): ContactContext {
    const { clock, random, lifetime, vault, room, iceOffer, problem } = this.#options;
    return {
      ...{ clock, random, lifetime, vault, room, network: this.#network },
      iceOffer,
      webrtc: problem !== 'no-webrtc',
      onChange: (contact, change) => {
        this.#publish(contact, change);
      }
    };
  }

  #publish(contact: Contact | null, change: Change | null): void {
    if (change) this.#sweeper.watch(change.put);
    for (const timeline of this.#timelines) {
      if (contact !== null && timeline.contact !== contact) continue;
      if (change) timeline.apply(change);
      timeline.publish();
    }
    this.#options.onChange();
  }

  #add(contact: Contact): void {
    this.#contacts.set(contact.state.id, contact);
    this.#network.add(contact);
  }

  #contact(id: string): Contact {
    const contact = this.#contacts.get(id);
    if (!contact) throw new UsageError('no such conversation');
    return contact;
  }

  #joinedBy(publicKey: Uint8Array): ConversationId | null {
    const key = hex(publicKey);
    const contact = [...this.#contacts.values()].find(({ state }) => state.invitation === key);
    return contact ? (contact.state.id as ConversationId) : null;
  }

  /** The guest never got this side's last word of the first contact, and came again with the same key. */
  #metBefore({ established }: Met): Contact | undefined {
    const peer = established.pairing?.peer;
    if (!peer) return undefined;
    return [...this.#contacts.values()].find(({ state }) => equalBytes(state.contact.peer, peer));
  }

  /** A first contact became a conversation: it is on disk, with what it burns, when this resolves. */
  async #meet(met: Met, invitation: MetThrough): Promise<Contact> {
    const { vault, random, lifetime } = this.#options;
    const also: Write =
      'burn' in invitation
        ? vault.invitationWrite(invitation.burn)
        : { kind: 'remove-record', table: 'joins', id: invitation.joinedBy.id };
    const known = this.#metBefore(met);
    if (known) {
      await known.meetAgain(met, also);
      this.#network.refresh();
      return known;
    }
    if (this.#contacts.size >= MAX_CONVERSATIONS) throw new Problem('too-many-conversations');
    const joinedBy = 'joinedBy' in invitation ? invitation.joinedBy.id : null;
    const state = firstState(met, { joinedBy, relayOnly: invitation.relayOnly }, random, lifetime.now());
    const contact = new Contact(this.#contactContext(), state, met.dial);
    try {
      await vault.write([vault.conversationWrite(state), also]);
    } catch (error) {
      void contact.close();
      throw error;
    }
    this.#add(contact);
    this.#options.onChange();
    return contact;
  }
}

/** At most {@link MAX_NAME_BYTES} bytes, cut between characters. */
function shorten(name: string): string {
  let out = '';
  for (const character of name) {
    if (utf8(out + character).length > MAX_NAME_BYTES) break;
    out += character;
  }
  return out;
}
