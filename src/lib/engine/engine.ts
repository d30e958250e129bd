/**
 * The engine of the tab that holds the lease: everything that is kept, opened once, and everything that the user may
 * ask for. It is made whole and thrown away whole; session.ts decides when.
 */
import type { Clock } from '../clock.ts';
import type { Met } from '../conversation/meeting.ts';
import { append } from '../conversation/log.ts';
import { MAX_CONVERSATIONS, unlogged, type Change, type Conversation } from '../conversation/state.ts';
import { UsageError } from '../errors.ts';
import type { Write } from '../storage/store.ts';
import type { ConnectPeer, ConnectSignaling } from '../transport/ports.ts';
import { cleanName } from '../wire/content.ts';
import {
  Problem,
  type ConversationId,
  type ConversationSummary,
  type Diagnosis,
  type Forgetting as Forgotten,
  type InvitationView,
  type ProblemCode,
  type SearchHit,
  type SearchOptions,
  type Settings,
  type Timeline,
  type TimelineHandle
} from './api.ts';
import { joinedBy, metBefore } from './acquainted.ts';
import { Arranging } from './arranging.ts';
import type { BackupSource } from './backup.ts';
import { Contact, type ContactContext } from './contact.ts';
import type { IceOffer } from './diagnosis.ts';
import { Forgetting } from './forgetting.ts';
import { Invitations, type MetThrough } from './invitations.ts';
import { Lifetime, shownTime } from './lifetime.ts';
import { Network } from './network.ts';
import { Room } from './room.ts';
import { Comparing } from './safety.ts';
import { search } from './search.ts';
import { shorten } from './shorten.ts';
import { Serial } from './serial.ts';
import { Sweeper } from './sweeper.ts';
import { firstState, summarise } from './summary.ts';
import { OpenTimeline } from './timeline.ts';
import { HIGH_WATER_MARK, Vault, type VaultOptions } from './vault.ts';
import { checkTimer, Writing } from './writing.ts';

export interface ActiveOptions extends Omit<
  VaultOptions,
  'lifetime' | 'onDamaged' | 'onShredding' | 'later'
> {
  readonly clock: Clock;
  readonly connectSignaling: ConnectSignaling;
  readonly connectPeer: ConnectPeer;
  /** Where the app is served, for links: `https://host/join`. */
  readonly joinUrl: string;
  /** STUN and TURN servers, as far as they are known. */
  readonly iceOffer: () => IceOffer;
  /** What this browser lacks, if anything. */
  readonly problem: ProblemCode | null;
  readonly onChange: () => void;
}

/** The options, and what was opened with them. */
interface Opened extends ActiveOptions {
  readonly lifetime: Lifetime;
  readonly vault: Vault;
  readonly room: Room;
}

export class ActiveEngine {
  /** The invitations of this side, and the links that it follows. */
  readonly inviting: Invitations;
  readonly #options: Opened;
  readonly #network: Network;
  readonly #sweeper: Sweeper;
  readonly #contacts = new Map<string, Contact>();
  readonly #timelines = new Set<OpenTimeline>();
  /** What the user does with messages. */
  readonly writing = new Writing(
    (id) => this.#contact(id),
    () => this.#options.vault.shredded()
  );
  /** With what two people compare. */
  readonly comparing: Comparing;
  /** And with conversations. */
  readonly arranging = new Arranging(
    (id) => this.#contact(id),
    () => this.#options.vault
  );
  readonly ending: Forgetting;
  #name: string;
  #settings: Settings;
  readonly #choices = new Serial();

  private constructor(options: Opened, name: string, settings: Settings) {
    const { clock, random, lifetime, vault, connectSignaling, connectPeer, onChange } = options;
    this.#options = options;
    this.#name = name;
    this.#settings = settings;
    this.comparing = new Comparing((id) => this.#contact(id), clock);
    this.ending = new Forgetting(
      clock,
      () => lifetime.now(),
      (contact) => this.#destroy(contact)
    );
    this.#network = new Network({
      clock,
      random,
      connectSignaling,
      connectPeer,
      onServer: () => {
        onChange();
      }
    });
    this.#sweeper = new Sweeper(clock, lifetime, vault, (id, refs) => this.#expire(id, refs));
    this.inviting = new Invitations({
      clock,
      random,
      vault,
      network: this.#network,
      joinUrl: options.joinUrl,
      name: () => this.#name,
      relayOnly: () => this.#settings.relayOnly,
      askFirst: () => this.#settings.askFirst,
      meet: (met, invitation) => this.#meet(met, invitation),
      joined: (publicKey) =>
        (joinedBy(this.#contacts.values(), publicKey)?.state.id ?? null) as ConversationId | null,
      onChange
    });
  }

  static async open(options: ActiveOptions): Promise<ActiveEngine> {
    const { store, clock, onChange, onWritten } = options;
    const lifetime = new Lifetime(clock, await store.meta(HIGH_WATER_MARK));
    const room = new Room(clock);
    const vault = await Vault.open({
      ...options,
      ...{ lifetime, later: room.later.bind(room), onDamaged: onChange, onShredding: onChange },
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
    try {
      for (const state of await vault.conversations())
        engine.#add(new Contact(engine.#contactContext(), state, null));
      for (const contact of engine.#contacts.values()) engine.ending.watch(contact);
      await engine.inviting.load();
      // What died while the app was closed goes before anything is shown, unless it is so much that somebody would wait.
      await engine.#sweeper.begin();
    } catch (error) {
      engine.close();
      throw error;
    }
    return engine;
  }

  get server(): Pick<Network, 'online' | 'nextAttempt'> {
    return this.#network;
  }

  get name(): string {
    return this.#name;
  }

  get settings(): Settings {
    return this.#settings;
  }

  /** What was found on the disk that cannot be read, and whether keys are left that should be gone. */
  get disk(): Pick<Vault, 'damaged' | 'undestroyed'> {
    return this.#options.vault;
  }

  get conversations(): ConversationSummary[] {
    const living = this.#living.map(summarise);
    return living.sort((a, b) => Number(b.pinned) - Number(a.pinned) || b.lastAt - a.lastAt);
  }

  /** Forgotten here, and not confirmed by the other device. */
  get forgetting(): Forgotten[] {
    return [...this.#contacts.values()].flatMap(({ state: { id, forgotten } }) =>
      forgotten?.mine && !forgotten.answered ? [{ id: id as ConversationId, at: forgotten.at }] : []
    );
  }

  openTimeline(id: ConversationId, listener: (timeline: Timeline) => void): TimelineHandle {
    const contact = this.#contact(id);
    this.arranging.opened(contact);
    const timeline = new OpenTimeline(contact, this.#options, listener, (closed) =>
      this.#timelines.delete(closed)
    );
    this.#timelines.add(timeline);
    return timeline;
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

  async deleteConversation(id: ConversationId): Promise<void> {
    const contact = this.#contacts.get(id);
    if (!contact) throw new UsageError('no such conversation');
    await this.#destroy(contact);
    await this.#options.vault.shredded();
  }

  forgetConversation(id: ConversationId): Promise<void> {
    return this.#contact(id).forget();
  }

  search(query: string, options: SearchOptions = {}): Promise<readonly SearchHit[]> {
    const { clock, vault, lifetime } = this.#options;
    const { conversation } = options;
    const conversations = this.conversations
      .map(({ id }) => id)
      .filter((id) => conversation === undefined || id === conversation);
    return search({ clock, vault, now: () => lifetime.now(), conversations }, query, options);
  }

  async setName(name: string): Promise<void> {
    const clean = shorten(cleanName(name));
    if (clean === this.#name) return;
    await this.#options.vault.write([this.#options.vault.nameWrite(clean)]);
    await Promise.all(this.#living.map((contact) => contact.append({ kind: 'name', name: clean }, 0)));
    // Not before everybody will hear of it: whoever has to be asked again is told again.
    this.#name = clean;
    this.#options.onChange();
  }

  /** One after the other: each changes what the one before has left. */
  setSettings(changed: Partial<Settings>): Promise<void> {
    return this.#choices.run(async () => {
      const settings: Settings = { ...this.#settings, ...changed };
      checkTimer(settings.defaultTimer);
      await this.#options.vault.write([this.#options.vault.settingsWrite(settings)]);
      this.#settings = settings;
      // Receipts and typing are shown, or are not, from now on.
      this.#publish(null, null);
    });
  }

  /** It is as the user has chosen, even a moment before. */
  createInvitation(): Promise<InvitationView> {
    return this.#choices.run(() => this.inviting.create());
  }

  /** What a backup is made of, and restored into. */
  get source(): BackupSource {
    const { vault, random, lifetime, clock } = this.#options;
    const chosen = { name: this.#name, settings: this.#settings, serial: this.#choices };
    return {
      ...{ vault, random, lifetime, clock, contacts: this.#contacts, network: this.#network, ...chosen },
      arrive: (states, name, settings) => {
        [this.#name, this.#settings] = [name, settings];
        for (const state of states) this.#add(new Contact(this.#contactContext(), state, null));
        this.#options.onChange();
      }
    };
  }

  wake(changed: boolean): void {
    this.#options.room.retry();
    this.#network.retry(changed);
    for (const contact of this.#contacts.values()) contact.retry(changed);
    void this.#sweeper.sweep();
    // Its alarm may have slept as well.
    void this.inviting.lapse();
    this.#publish(null, null);
  }

  /** Nothing is written, sent or painted after this. */
  close(): void {
    for (const timeline of [...this.#timelines]) timeline.close();
    this.#options.room.close();
    this.#sweeper.close();
    this.ending.close();
    this.inviting.close();
    for (const contact of this.#contacts.values()) void contact.close();
    this.#network.close();
  }

  #contactContext(): ContactContext {
    const { clock, random, lifetime, vault, room, iceOffer, problem } = this.#options;
    return {
      ...{ clock, random, lifetime, vault, room, network: this.#network },
      settings: () => this.#settings,
      iceOffer,
      webrtc: problem !== 'no-webrtc',
      onChange: (contact, change, before) => {
        this.#publish(contact, change, before);
      }
    };
  }

  #publish(contact: Contact | null, change: Change | null, before?: Conversation): void {
    if (change) this.#sweeper.watch(change.put);
    if (contact?.state.forgotten) {
      this.#closeTimelines(contact);
      this.ending.watch(contact, before);
    }
    for (const timeline of this.#timelines) {
      if (contact !== null && timeline.contact !== contact) continue;
      if (change) timeline.apply(change);
      timeline.publish();
    }
    this.#options.onChange();
  }

  /** What is over its deadline goes from the screen even where it can not go from the disk. */
  async #expire(id: string, refs: readonly string[]): Promise<void> {
    try {
      await this.#contacts.get(id)?.expire(refs);
    } catch (error) {
      this.#publish(null, null);
      throw error;
    }
  }

  #add(contact: Contact): void {
    this.#contacts.set(contact.state.id, contact);
    this.#network.add(contact);
  }

  /** Those that a user knows of. */
  get #living(): Contact[] {
    return [...this.#contacts.values()].filter(({ state }) => state.forgotten === null);
  }

  #contact(id: string): Contact {
    const contact = this.#contacts.get(id);
    if (!contact || contact.state.forgotten) throw new UsageError('no such conversation');
    return contact;
  }

  async #destroy(contact: Contact): Promise<void> {
    await contact.destroy();
    this.#network.remove(contact);
    this.#closeTimelines(contact);
    this.#contacts.delete(contact.state.id);
    this.#options.onChange();
  }

  #closeTimelines(contact: Contact): void {
    for (const timeline of [...this.#timelines]) if (timeline.contact === contact) timeline.close();
  }

  /** A first contact became a conversation: it is on disk, with what it burns, when this resolves. */
  async #meet(met: Met, invitation: MetThrough): Promise<Contact> {
    const { vault, random, clock } = this.#options;
    const also: Write =
      'burn' in invitation
        ? vault.invitationWrite(invitation.burn)
        : { kind: 'remove-record', table: 'joins', id: invitation.joinedBy.id };
    const known = metBefore(this.#contacts.values(), met);
    if (known) {
      await known.meetAgain(met, also);
      this.#network.refresh();
      return known;
    }
    if (this.#contacts.size >= MAX_CONVERSATIONS) throw new Problem('too-many-conversations');
    const joinedBy = 'joinedBy' in invitation ? invitation.joinedBy.id : null;
    const now = shownTime(clock);
    const state = firstState(met, { joinedBy, relayOnly: invitation.relayOnly }, random, now);
    const { defaultTimer } = this.#settings;
    const begun = defaultTimer > 0 ? append(state, { kind: 'timer' }, defaultTimer, now) : unlogged(state);
    const contact = new Contact(this.#contactContext(), begun.conversation, met.dial);
    try {
      await vault.write([...vault.changeWrites(begun), also]);
    } catch (error) {
      void contact.close();
      throw error;
    }
    this.#add(contact);
    this.#options.onChange();
    return contact;
  }
}
