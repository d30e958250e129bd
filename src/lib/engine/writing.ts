/** What a user does with messages: each becomes one commit of its conversation. */
import { fromHex, utf8 } from '../bytes.ts';
import { eraseForEveryone, eraseForMe, openOnce } from '../conversation/erase.ts';
import { append } from '../conversation/log.ts';
import { edit, react } from '../conversation/marks.ts';
import {
  isAlive,
  isMessage,
  MAX_OUTBOX,
  outboxOf,
  parseRef,
  textOf,
  type Change,
  type Conversation,
  type Row
} from '../conversation/state.ts';
import { UsageError } from '../errors.ts';
import { isEmoji, MAX_TEXT_BYTES, MAX_TTL_SECONDS, type Content, type Place } from '../wire/content.ts';
import { Problem, type ConversationId, type MessageId, type SendOptions } from './api.ts';
import type { Contact } from './contact.ts';

export class Writing {
  readonly #contact: (id: ConversationId) => Contact;
  readonly #shredded: () => Promise<void>;

  /** @param shredded resolves when the keys of what was removed by then are overwritten */
  constructor(contact: (id: ConversationId) => Contact, shredded: () => Promise<void>) {
    this.#contact = contact;
    this.#shredded = shredded;
  }

  send(id: ConversationId, text: string, options: SendOptions = {}): Promise<void> {
    const { ttl, forwarded } = options;
    const content = contentOf(checked(text), options);
    if (ttl !== undefined) checkTimer(ttl);
    // What is passed on was not written into this conversation's composer.
    const draft = forwarded ? {} : { draft: '' };
    return this.#contact(id).write((state, now, at) => {
      const life = content.kind === 'once' ? 0 : (ttl ?? state.timer.ttl);
      return append({ ...state, ...draft }, content, life, now, at);
    });
  }

  edit(id: ConversationId, message: MessageId, text: string): Promise<void> {
    checked(text);
    return this.#about(id, message, (state, row, now, at) => edit(state, row, text, now, at));
  }

  react(id: ConversationId, message: MessageId, emoji: string): Promise<void> {
    if (emoji !== '' && !isEmoji(emoji)) throw new UsageError('emoji');
    return this.#about(id, message, (state, row, now) => react(state, row, emoji, now));
  }

  /** The words, once they are destroyed: whoever is killed before they are shown has seen nothing, and has nothing. */
  async viewOnce(id: ConversationId, message: MessageId): Promise<string> {
    const words: string[] = [];
    await this.#contact(id).writeOf([message], (state, [row], now) => {
      const opened = row ? openOnce(state, row, now) : null;
      if (opened) words.push(opened.text);
      return opened?.change ?? null;
    });
    const [text] = words;
    if (text === undefined) throw new Problem('message-gone');
    await this.#shredded();
    return text;
  }

  async deleteForMe(id: ConversationId, message: MessageId): Promise<void> {
    await this.#contact(id).changeOf([message], (state, [row]) => (row ? eraseForMe(state, row) : null));
    await this.#shredded();
  }

  async deleteForEveryone(id: ConversationId, message: MessageId): Promise<void> {
    await this.#contact(id).writeOf([message], (state, [row], now) =>
      row?.mine && isMessage(row) ? eraseForEveryone(state, row, now) : null
    );
    await this.#shredded();
  }

  setTimer(id: ConversationId, seconds: number): Promise<void> {
    checkTimer(seconds);
    return this.#contact(id).append({ kind: 'timer' }, seconds);
  }

  /** Says something about a text that is there. */
  #about(
    id: ConversationId,
    message: MessageId,
    decide: (state: Conversation, row: Row, now: number, at: number) => Change | null
  ): Promise<void> {
    return this.#contact(id).writeOf([message], (state, [row], now, at) => {
      if (!row || !isAlive(row, now) || textOf(row) === null) throw new Problem('message-gone');
      if (outboxOf(state) >= MAX_OUTBOX) throw new Problem('outbox-full');
      return decide(state, row, now, at);
    });
  }
}

export function checkTimer(seconds: number): void {
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > MAX_TTL_SECONDS) throw new UsageError('timer');
}

function checked(text: string): string {
  if (text === '') throw new UsageError('no text');
  if (utf8(text).length > MAX_TEXT_BYTES) throw new Problem('text-too-long');
  return text;
}

function contentOf(text: string, { replyTo, once = false, forwarded = false }: SendOptions): Content {
  if (once) return { kind: 'once', text };
  return {
    kind: 'text',
    text,
    ...(replyTo !== undefined && { replyTo: placeOf(replyTo) }),
    ...(forwarded && { forwarded })
  };
}

function placeOf(message: MessageId): Place {
  const place = parseRef(message);
  if (!place) throw new UsageError('no such message');
  return { log: fromHex(place.log), seq: place.seq };
}
