import { SvelteMap } from 'svelte/reactivity';
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
  | { readonly kind: 'forward'; readonly items: readonly TextItem[] }
  | { readonly kind: 'delete'; readonly items: readonly MessageItem[] }
  | { readonly kind: 'link'; readonly link: Link };

/** Chosen from a picker while this page has been open. On no disk: what somebody likes is nobody's business. */
const justPicked: string[] = [];
const recentCount = 16;
const toldMs = 3_000;

/** What the user is about to do with the messages of the open conversation, until it is done. */
export class Talk {
  readonly view: ConversationView;
  readonly selected = new SvelteMap<MessageId, MessageItem>();
  #menu = $state.raw<{ readonly item: MessageItem; readonly anchor: MenuAnchor } | null>(null);
  #sheet = $state.raw<Sheet | null>(null);
  /** The message that is answered or written anew. */
  #subject = $state.raw<TextItem | null>(null);
  #looking = false;
  #closed = false;
  #selecting = $state(false);
  #revealing = $state.raw<{ readonly words: string | null; readonly held: boolean } | null>(null);
  #told = $state<string | null>(null);
  /** The timer that the user has just set, until it is in force. */
  timerSet = $state<number | null>(null);
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
    const { editing, answering } = this.view.half;
    return editing === null && this.#subject?.id === answering ? this.#subject : null;
  }

  /** The own message that is being written anew. */
  get editing(): TextItem | null {
    return this.#subject?.id === this.view.half.editing?.id ? this.#subject : null;
  }

  get selecting(): boolean {
    return this.#selecting;
  }

  /** The words of a message to be viewed once, while they are on the screen; null: they are being fetched. */
  get revealing(): { readonly words: string | null; readonly held: boolean } | null {
    return this.#revealing;
  }

  /** A word about what has just been done. */
  get told(): string | null {
    return this.#told;
  }

  /** What was selected and is still there, oldest first. */
  get chosen(): readonly MessageItem[] {
    return [...this.selected.values()].sort((a, b) => a.at - b.at);
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
      this.pick(item);
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
    this.#subject = item;
    this.view.half.editing = null;
    this.view.half.answering = item.id;
  };

  readonly edit = (item: TextItem): void => {
    this.#subject = item;
    this.view.half.editing = { id: item.id, text: item.text };
  };

  /** The newest own message; false: there is none. */
  readonly editLast = (): boolean => {
    const last = this.view.timeline.items.findLast((item) => item.kind === 'text' && item.mine);
    if (last?.kind !== 'text') return false;
    this.edit(last);
    return true;
  };

  /** What was being written anew, or else answered, is so no more. False: there was neither. */
  readonly settle = (): boolean => {
    const { half } = this.view;
    if (half.editing === null && half.answering === null) return false;
    if (half.editing === null) half.answering = null;
    half.editing = null;
    return true;
  };

  readonly select = (item: MessageItem): void => {
    this.#selecting = true;
    this.selected.set(item.id, item);
  };

  readonly pick = (item: MessageItem): void => {
    if (!this.selected.delete(item.id)) this.selected.set(item.id, item);
  };

  readonly unselect = (): void => {
    this.#selecting = false;
    this.selected.clear();
  };

  readonly react = (item: TextItem, emoji: string): void => {
    this.view.react(item.id, item.reactions.mine === emoji ? '' : emoji);
  };

  readonly copy = async (texts: readonly string[]): Promise<void> => {
    try {
      await navigator.clipboard.writeText(texts.join('\n'));
      this.tell(m.copied());
    } catch {
      this.tell(m.copy_failed());
    }
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
    if (this.#revealing?.words === null) this.keep();
    else if (this.#revealing?.held === true) this.#revealing = null;
  };

  /** Words that are still on their way are gone from the disk already: they are shown, and closed after that. */
  readonly conceal = (): void => {
    if (this.#revealing?.words === null) this.keep();
    else this.#revealing = null;
  };

  /** Somebody who cannot hold closes the words with a button. */
  readonly keep = (): void => {
    if (this.#revealing !== null) this.#revealing = { ...this.#revealing, held: false };
  };

  /** Leads the eye to a message, wherever in the history it is. */
  readonly jumpTo = async (id: MessageId): Promise<void> => {
    if (!(await this.view.timeline.jumpTo(id))) this.tell(m.original_gone());
  };

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
    if (this.#gone(this.#menu?.item)) this.#menu = null;
    const { editing, answering } = this.view.half;
    const subject = editing?.id ?? answering;
    if (subject !== null && subject !== this.#subject?.id) void this.#find(subject);
    else if (subject !== null && this.#gone(this.#subject)) this.settle();
    const { sheet } = this;
    if (sheet !== null && 'item' in sheet && this.#gone(sheet.item)) this.#sheet = null;
    if (sheet?.kind === 'delete' && sheet.items.every((item) => this.#gone(item))) this.#sheet = null;
    for (const item of this.selected.values()) if (this.#gone(item)) this.selected.delete(item.id);
  };

  /** What is answered or written anew since before the conversation was left: it may have gone, or lie far up. */
  async #find(id: MessageId): Promise<void> {
    const { timeline } = this.view;
    if (!timeline.ready || this.#looking) return;
    this.#looking = true;
    let found = timeline.find(id);
    if (found === undefined && (await timeline.jumpTo(id))) found = timeline.find(id);
    this.#looking = false;
    if (this.#closed) return;
    const { editing, answering } = this.view.half;
    if ((editing?.id ?? answering) !== id) return;
    if (found?.kind === 'text') this.#subject = found;
    else this.settle();
  }

  /** It has a place in what is loaded, and is not there. */
  #gone(item: MessageItem | null | undefined): boolean {
    const { timeline } = this.view;
    if (item === null || item === undefined || !timeline.ready || timeline.find(item.id) !== undefined)
      return false;
    const earlier = timeline.hasOlder && item.at < (timeline.items[0]?.at ?? Infinity);
    const later = timeline.hasNewer && item.at > (timeline.items.at(-1)?.at ?? 0);
    return !earlier && !later;
  }

  readonly close = (): void => {
    this.#closed = true;
    clearTimeout(this.#toldTimer);
    this.#revealing = null;
  };
}
