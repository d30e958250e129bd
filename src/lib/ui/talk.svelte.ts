import { tick } from 'svelte';
import { SvelteSet } from 'svelte/reactivity';
import type { MessageId, TextItem } from '../engine/api.ts';
import type { MenuAnchor } from './components/menu.ts';
import type { ConversationView } from './conversation.svelte.ts';
import type { MessageItem } from './grouping.ts';
import { recentEmoji } from './emoji/emoji.ts';
import { m } from './i18n/compiled/messages.js';
import type { Link } from './rich-text.ts';

/** A dialog about messages. */
export type Sheet =
  | { readonly kind: 'details'; readonly item: TextItem }
  | { readonly kind: 'react'; readonly item: TextItem }
  | { readonly kind: 'forward'; readonly texts: readonly string[] }
  | { readonly kind: 'delete'; readonly items: readonly MessageItem[] }
  | { readonly kind: 'link'; readonly link: Link };

/** Chosen from a picker while this page has been open. On no disk: what somebody likes is nobody's business. */
const justPicked: string[] = [];
const recentCount = 16;
const flashMs = 1_600;
const toldMs = 3_000;

/** What the user is about to do with the messages of the open conversation, until it is done. */
export class Talk {
  readonly view: ConversationView;
  readonly selected = new SvelteSet<MessageId>();
  #menu = $state.raw<{ readonly item: MessageItem; readonly anchor: MenuAnchor } | null>(null);
  #sheet = $state.raw<Sheet | null>(null);
  #answering = $state.raw<TextItem | null>(null);
  #editing = $state.raw<TextItem | null>(null);
  #selecting = $state(false);
  #revealing = $state.raw<{ readonly words: string | null; readonly held: boolean } | null>(null);
  #flashed = $state<MessageId | null>(null);
  #told = $state<string | null>(null);
  /** The timer that the user has just set, until it is in force. */
  timerSet = $state<number | null>(null);
  #flashTimer: ReturnType<typeof setTimeout> | undefined;
  #toldTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(view: ConversationView) {
    this.view = view;
  }

  /** The message whose actions are open, and where. */
  get menu(): { readonly item: MessageItem; readonly anchor: MenuAnchor } | null {
    return this.#menu;
  }

  get sheet(): Sheet | null {
    return this.#sheet;
  }

  /** What the next message answers. */
  get answering(): TextItem | null {
    return this.#answering;
  }

  /** The own message that is being written anew. */
  get editing(): TextItem | null {
    return this.#editing;
  }

  get selecting(): boolean {
    return this.#selecting;
  }

  /** The words of a message to be viewed once, while they are on the screen; null: they are being fetched. */
  get revealing(): { readonly words: string | null; readonly held: boolean } | null {
    return this.#revealing;
  }

  /** The message that the eye is being led to. */
  get flashed(): MessageId | null {
    return this.#flashed;
  }

  /** A word about what has just been done. */
  get told(): string | null {
    return this.#told;
  }

  /** What was selected and is still there, oldest first. */
  get chosen(): readonly MessageItem[] {
    return this.view.timeline.items.filter(
      (item): item is MessageItem =>
        this.selected.has(item.id) && (item.kind === 'text' || item.kind === 'once')
    );
  }

  /** The emoji of one's own newest words, which is all that is known of what one likes. */
  get recent(): readonly string[] {
    const own = this.view.timeline.items.flatMap((item) =>
      item.kind === 'text' && item.mine ? [item.text] : []
    );
    return recentEmoji([...own, ...justPicked], recentCount);
  }

  readonly picked = (emoji: string): void => {
    justPicked.push(emoji);
  };

  /** Pressed again, the button closes what it opened. */
  readonly actions = (item: MessageItem, anchor: MenuAnchor): void => {
    if (this.#selecting) {
      this.pick(item.id);
      return;
    }
    const again = anchor instanceof HTMLElement && this.#menu?.anchor === anchor;
    this.#menu = again ? null : { item, anchor };
  };

  readonly closeMenu = (): void => {
    this.#menu = null;
  };

  readonly open = (sheet: Sheet): void => {
    this.#sheet = sheet;
  };

  readonly closeSheet = (): void => {
    this.#sheet = null;
  };

  readonly answer = (item: MessageItem): void => {
    if (item.kind !== 'text') return;
    this.#editing = null;
    this.#answering = item;
  };

  readonly edit = (item: TextItem): void => {
    this.#answering = null;
    this.#editing = item;
  };

  /** The newest own message; false: there is none. */
  readonly editLast = (): boolean => {
    const last = this.view.timeline.items.findLast((item) => item.kind === 'text' && item.mine);
    if (last?.kind !== 'text') return false;
    this.edit(last);
    return true;
  };

  /** Answers and edits nothing any more. False: it did neither. */
  readonly settle = (): boolean => {
    if (this.#answering === null && this.#editing === null) return false;
    this.#answering = null;
    this.#editing = null;
    return true;
  };

  readonly select = (item: MessageItem): void => {
    this.#selecting = true;
    this.selected.add(item.id);
  };

  readonly pick = (id: MessageId): void => {
    if (!this.selected.delete(id)) this.selected.add(id);
  };

  readonly unselect = (): void => {
    this.#selecting = false;
    this.selected.clear();
  };

  readonly react = (item: TextItem, emoji: string): void => {
    this.view.react(item.id, item.reactions.mine === emoji ? '' : emoji);
  };

  readonly copy = async (texts: readonly string[]): Promise<void> => {
    await navigator.clipboard.writeText(texts.join('\n')).then(
      () => {
        this.tell(m.copied());
      },
      () => undefined
    );
  };

  readonly remove = (items: readonly MessageItem[], forEveryone: boolean): void => {
    for (const { id, mine } of items) {
      if (forEveryone && mine) this.view.deleteForEveryone(id);
      else this.view.deleteForMe(id);
    }
  };

  /** Shows the words of a message to be viewed once; it is gone from the disk before they are seen. */
  readonly reveal = async (id: MessageId): Promise<void> => {
    const asked = { words: null, held: true };
    this.#revealing = asked;
    const words = await this.view.viewOnce(id);
    if (words === undefined) this.#revealing = null;
    // A hand that let go too early has lost nothing: it closes them itself.
    else this.#revealing = { words, held: this.revealing?.held ?? false };
  };

  /** The hand has let go. */
  readonly release = (): void => {
    if (this.#revealing?.words === null) this.#revealing = { words: null, held: false };
    else if (this.#revealing?.held === true) this.#revealing = null;
  };

  readonly conceal = (): void => {
    this.#revealing = null;
  };

  /** Somebody who cannot hold closes the words with a button. */
  readonly keep = (): void => {
    if (this.#revealing !== null) this.#revealing = { ...this.#revealing, held: false };
  };

  /** Leads the eye to a message, wherever in the history it is. */
  readonly jumpTo = async (id: MessageId): Promise<void> => {
    const row = await this.#row(id);
    if (row === null) {
      this.tell(m.original_gone());
      return;
    }
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    row.scrollIntoView({ block: 'center', behavior: calm ? 'instant' : 'smooth' });
    row.querySelector<HTMLElement>('.actions')?.focus({ preventScroll: true });
    this.#flashed = id;
    clearTimeout(this.#flashTimer);
    this.#flashTimer = setTimeout(() => {
      this.#flashed = null;
    }, flashMs);
  };

  async #row(id: MessageId): Promise<HTMLElement | null> {
    const { timeline } = this.view;
    while (timeline.find(id) === undefined && timeline.hasOlder) {
      const before = timeline.items.length;
      await timeline.older();
      await tick();
      if (timeline.items.length === before) break;
    }
    return document.querySelector<HTMLElement>(`[data-message="${CSS.escape(id)}"]`);
  }

  readonly tell = (words: string): void => {
    this.#told = words;
    clearTimeout(this.#toldTimer);
    this.#toldTimer = setTimeout(() => {
      this.#told = null;
    }, toldMs);
  };

  /** Before a link is followed: true holds it back, until the user has seen where it leads. */
  readonly leave = (link: Link): boolean => {
    if (!link.lookalike && !this.view.linkWarning) return false;
    this.#sheet = { kind: 'link', link };
    return true;
  };

  /** What has gone in the meantime takes with it what was to be done with it. */
  readonly prune = (): void => {
    const gone = (id: MessageId | undefined): boolean =>
      id !== undefined && this.view.timeline.find(id) === undefined;
    if (gone(this.#menu?.item.id)) this.#menu = null;
    if (gone(this.#answering?.id)) this.#answering = null;
    if (gone(this.#editing?.id)) this.#editing = null;
    const { sheet } = this;
    if (sheet !== null && 'item' in sheet && gone(sheet.item.id)) this.#sheet = null;
    for (const id of this.selected) if (gone(id)) this.selected.delete(id);
  };

  readonly close = (): void => {
    clearTimeout(this.#flashTimer);
    clearTimeout(this.#toldTimer);
    this.#revealing = null;
  };
}
