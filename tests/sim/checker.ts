/**
 * Judges a history, and knows nothing else: it reads the JSON lines, not the engines, and imports nothing of them.
 *
 *   lost         what was kept for the user is not there at the end, and nobody erased it and no timer ended
 *   doubled      one message twice on a screen
 *   out of order the messages of one writer in another order than they were written in
 *   resurrected  something is on a screen again that was there, and was gone
 *   late         a timed message is shown after its time
 *   diverged     a minute after calm the two sides do not show the same
 *   two writers  a transaction of a page that another one has taken the disk from
 *
 * What a restored copy of a disk may lose (protocol, sections 7 and 9), and nothing else:
 * - what this side wrote or erased after the copy was made, and messages that had been delivered to it by then: the other
 *   side shows them as delivered and does not send them again, because whoever holds a stolen copy would be told all;
 * - the other side keeps what it had got before the disk was put back.
 * What waited on the copied disk comes once, whether it had been delivered since or not. One exception is known: it may
 * come twice to a side that was restored itself before, because it had to be given another place in another log then.
 */
import type { Line, Shown, Who } from './history.ts';
import { checkSaid } from './said.ts';

/** A page that runs is this late at most (threats, R16). */
const LATE_MS = 1_000;
/** How much of the high-water mark a crash may lose. */
const MARK_MS = 10_000;
const UNREAD_LIFE_MS = 14 * 86_400_000;

interface Message {
  readonly id: string;
  readonly writer: Who;
  /** Its line. */
  readonly order: number;
  readonly triedAt: number;
  wrote: boolean;
  /** The line in which the app said so. */
  wroteAt: number;
  ttl: number;
  /** When anybody first had it on a screen, or showed it as read. */
  seenAt: number;
}

/** What one device knows; a copy of its disk takes it along, and brings it back. */
interface Memory {
  /** On a screen at the last look; on one once, and not any more. */
  readonly present: ReadonlySet<string>;
  readonly gone: ReadonlyMap<string, number>;
  /** Erasures that the app has confirmed, of any kind, for both sides. */
  readonly erased: ReadonlySet<string>;
  readonly erasedBoth: ReadonlySet<string>;
}

interface Image {
  readonly at: number;
  readonly committedAt: number;
  readonly memory: Memory;
  /** Own messages that are not known to be delivered. */
  readonly waiting: readonly string[];
}

interface Side {
  memory: Memory;
  /** Since when a message that is shown as read has been so, by the first look that says it. */
  readonly readAt: Map<string, number>;
  readonly images: Map<number, Image>;
  /** The lines from which, to which a disk was lost. */
  readonly restores: {
    readonly from: number;
    readonly to: number;
    readonly image: ReadonlySet<string>;
    /** What the other side showed as not delivered then; null: nobody looked. */
    readonly waiting: ReadonlySet<string> | null;
    readonly known: ReadonlySet<string>;
  }[];
  /** Messages whose erasure was asked for, ever, on any disk: for this side, for both. */
  readonly everMine: Set<string>;
  readonly everBoth: Set<string>;
  holder: number;
  committedAt: number;
  offset: number;
  stepped: boolean;
  readonly finals: { readonly items: readonly Shown[]; readonly ttl: number }[];
}

const NOTHING: Memory = { present: new Set(), gone: new Map(), erased: new Set(), erasedBoth: new Set() };

export function check(lines: readonly string[]): readonly string[] {
  const history = lines.map((line) => JSON.parse(line) as Line);
  return [...new Checker(history).verdict(), ...checkSaid(history)];
}

class Checker {
  readonly #lines: readonly Line[];
  readonly #faults: string[] = [];
  readonly #messages = new Map<string, Message>();
  readonly #sides: Readonly<Record<Who, Side>> = { a: newSide(), b: newSide() };
  /** Messages that may come twice, because both disks were restored. */
  readonly #unsure = new Set<string>();
  #timers = false;
  /** Somebody wanted everything to be forgotten: nothing can be lost any more (said.ts). */
  #forgotten = false;
  /** The line that is read. */
  #at = 0;

  constructor(lines: readonly Line[]) {
    this.#lines = lines;
  }

  verdict(): readonly string[] {
    for (const line of this.#lines) {
      this.#at++;
      this.#read(line);
    }
    const { a, b } = this.#sides;
    if (a.finals.length === 0 || b.finals.length === 0) this.#fault('no end');
    else if (!this.#forgotten) this.#compare();
    return [...new Set(this.#faults)];
  }

  #fault(text: string): void {
    this.#faults.push(text);
  }

  #read(line: Line): void {
    if (line.op === 'start' || line.op === 'calm') return;
    const side = this.#sides[line.who];
    switch (line.op) {
      case 'try':
        this.#messages.set(line.id, {
          id: line.id,
          writer: line.who,
          order: this.#at,
          triedAt: line.t,
          wrote: false,
          wroteAt: Infinity,
          ttl: 0,
          seenAt: Infinity
        });
        this.#timers ||= line.id.includes('#');
        return;
      case 'wrote': {
        const message = this.#messages.get(line.id);
        if (message) [message.wrote, message.wroteAt] = [true, this.#at];
        return;
      }
      case 'erase':
        (line.both ? side.everBoth : side.everMine).add(line.id);
        return;
      case 'erased':
        side.memory = { ...side.memory, erased: new Set(side.memory.erased).add(line.id) };
        if (line.both)
          side.memory = { ...side.memory, erasedBoth: new Set(side.memory.erasedBoth).add(line.id) };
        return;
      case 'saw':
        for (const [id, ttl] of line.messages) this.#seen(id, line.t, ttl);
        return;
      case 'look':
        this.#look(line.who, side, line.items, line.t);
        return;
      case 'claim':
        side.holder = line.tab;
        this.#forget(side);
        return;
      case 'commit':
        side.committedAt = line.t;
        if (side.holder !== line.tab)
          this.#fault(`two writers: ${line.who} tab ${line.tab} after tab ${side.holder}`);
        return;
      case 'clock':
        side.offset = line.offset;
        side.stepped = true;
        return;
      case 'image':
        this.#look(line.who, side, line.items, line.t);
        side.images.set(line.image, {
          at: this.#at,
          committedAt: side.committedAt,
          memory: side.memory,
          waiting: this.#notKnownAsDelivered(line.who, line.items)
        });
        return;
      case 'restore':
        this.#restore(line.who, side, line.image, line.peer);
        return;
      case 'final':
        this.#look(line.who, side, line.items, line.t);
        this.#final(line.who, side, line);
        return;
      case 'forget':
        this.#forgotten = true;
        return;
      case 'edit':
      case 'edited':
      case 'once':
      case 'opened':
      case 'forgot':
      case 'refused':
      case 'open':
      case 'kill':
      case 'freeze':
      case 'thaw':
      case 'steal':
        return;
    }
  }

  #seen(id: string, t: number, ttl: number): void {
    const message = this.#messages.get(id);
    if (!message) return;
    message.seenAt = Math.min(message.seenAt, t);
    message.ttl = Math.max(message.ttl, ttl);
  }

  #restore(who: Who, side: Side, image: number, peer: readonly Shown[] | null): void {
    const copy = side.images.get(image);
    if (this.#sides[who === 'a' ? 'b' : 'a'].restores.length > 0)
      for (const id of copy?.waiting ?? []) this.#unsure.add(id);
    if (!copy) {
      this.#fault(`no image ${image}`);
      return;
    }
    side.memory = copy.memory;
    side.committedAt = copy.committedAt;
    side.readAt.clear();
    const other = who === 'a' ? 'b' : 'a';
    // The acknowledgement of what is sent may be on its way.
    const waiting = peer?.filter(([, state, , mine]) => mine && state === 'queued');
    const ids = (items: readonly Shown[]): Set<string> => new Set(items.map((item) => nameOf(item, other)));
    side.restores.push({
      from: copy.at,
      to: this.#at,
      image: copy.memory.present,
      waiting: waiting ? ids(waiting) : null,
      known: ids(peer ?? [])
    });
  }

  /** Own messages that may wait on a disk: one that was erased for its writer alone still goes out. */
  #notKnownAsDelivered(who: Who, items: readonly Shown[]): readonly string[] {
    const delivered = items.filter(([, state]) => state === 'delivered' || state === 'read');
    const names = new Set(delivered.map((item) => nameOf(item, who)));
    const own = [...this.#messages.values()].filter(({ id, writer }) => writer === who && !names.has(id));
    return own.map(({ id }) => id);
  }

  /** One picture of one screen. */
  #look(who: Who, side: Side, items: readonly Shown[], t: number): void {
    const now = new Set<string>();
    const last: Record<Who, number> = { a: -1, b: -1 };
    for (const item of items) {
      const [, state, ttl, mine] = item;
      if (item[0] === '') continue;
      const id = nameOf(item, who);
      const message = this.#messages.get(id);
      if (!message || (message.writer === who) !== mine) {
        this.#fault(`invented: ${who} shows ${id}`);
        continue;
      }
      if (this.#unsure.has(id)) {
        now.add(id);
        continue;
      }
      if (now.has(id)) this.#fault(`doubled: ${who} shows ${id} twice`);
      else if (message.order < last[message.writer]) this.#fault(`out of order: ${who} shows ${id} too late`);
      last[message.writer] = Math.max(last[message.writer], message.order);
      now.add(id);
      message.ttl = Math.max(message.ttl, ttl);
      if (side.memory.gone.has(id)) this.#fault(`resurrected: ${who} shows ${id} again`);
      if (side.memory.erased.has(id)) this.#fault(`resurrected: ${who} shows ${id}, which is erased`);
      if (state === 'read') {
        this.#seen(id, t, ttl);
        const since = side.readAt.get(id) ?? t;
        side.readAt.set(id, since);
        if (ttl > 0 && t - since > ttl * 1_000 + LATE_MS && !side.stepped)
          this.#fault(`late: ${who} shows ${id} after its time`);
      } else if (ttl > 0 && t - message.triedAt > UNREAD_LIFE_MS + LATE_MS && !this.#stepped) {
        this.#fault(`late: ${who} shows ${id} unread after 14 days`);
      }
    }
    const gone = new Map(side.memory.gone);
    for (const id of side.memory.present) if (!now.has(id)) gone.set(id, gone.get(id) ?? t);
    side.memory = { ...side.memory, present: now, gone };
  }

  /**
   * With a clock that was turned back, what the next page does not know of the high-water mark (ten seconds before the
   * last transaction, section 10) is lived through again, and with it what was hidden in it and was not swept yet.
   */
  #forget(side: Side): void {
    if (!side.stepped) return;
    const gone = [...side.memory.gone].filter(
      ([id, since]) => (this.#messages.get(id)?.ttl ?? 0) === 0 || since < side.committedAt - MARK_MS
    );
    side.memory = { ...side.memory, gone: new Map(gone) };
  }

  get #stepped(): boolean {
    return this.#sides.a.stepped || this.#sides.b.stepped;
  }

  #final(who: Who, side: Side, { items, active, queued, ttl }: Extract<Line, { op: 'final' }>): void {
    if (active !== 1) this.#fault(`diverged: ${active} pages of ${who} are active`);
    side.finals.push({ items, ttl });
    // A disk that was put back speaks to nobody after that.
    if (this.#forgotten) return;
    if (queued !== 0) this.#fault(`diverged: ${who} still has ${queued} to deliver`);
    for (const [id, state, , mine] of items) {
      if (mine && id !== '' && state !== 'delivered' && state !== 'read' && state !== 'timer')
        this.#fault(`diverged: ${who} shows ${id} as ${state}`);
      if (id === '' && state !== 'both') this.#fault(`diverged: ${who} waits for an erasure`);
    }
  }

  #compare(): void {
    const { a, b } = this.#sides;
    const end = this.#lines.at(-1)?.t ?? 0;
    const restored = a.restores.length + b.restores.length > 0;
    if (!restored && a.finals[0]?.ttl !== b.finals[0]?.ttl)
      this.#fault(`diverged: timers of ${a.finals[0]?.ttl} and ${b.finals[0]?.ttl} seconds`);
    for (const message of this.#messages.values()) this.#judge(message, end);
  }

  #judge(message: Message, end: number): void {
    const { id, writer: who } = message;
    const reader: Who = who === 'a' ? 'b' : 'a';
    const [writer, other] = [this.#sides[who], this.#sides[reader]];
    const [here, there] = [writer.memory.present.has(id), other.memory.present.has(id)];
    const undone = writer.restores.some(({ from, to }) => message.order < to && message.wroteAt > from);
    const erasable = this.#mayExpire(message, end) || writer.everBoth.has(id);
    if (!here && message.wrote && !undone && !erasable && !writer.everMine.has(id))
      this.#fault(`lost: ${id} at its writer`);
    // What an app has confirmed as erased on both sides, on a disk that is still there, is. What came while a disk was
    // copied may be on the copy, and was on no screen.
    if (
      there &&
      writer.memory.erasedBoth.has(id) &&
      !this.#unsure.has(id) &&
      !other.restores.some(({ image, from }) => image.has(id) || message.order < from)
    )
      this.#fault(`diverged: ${reader} shows ${id}, which ${who} has erased`);
    if (there && !here && !undone && !erasable && !writer.everMine.has(id) && !wasUnsure(writer, message))
      this.#fault(`diverged: only ${reader} shows ${id}`);
    const expected = here || (message.wrote && !undone && !erasable);
    if (expected && !there && !erasable && !other.everMine.has(id) && !lostWithDisk(other, message))
      this.#fault(`lost: ${id} at its reader`);
  }

  /** Its time may be over: it was seen that long ago, it waited for 14 days, or somebody's clock was set. */
  #mayExpire({ ttl, seenAt, triedAt }: Message, end: number): boolean {
    if (!this.#timers) return false;
    if (this.#stepped || end - triedAt >= UNREAD_LIFE_MS) return true;
    return ttl > 0 && end - seenAt >= ttl * 1_000;
  }
}

/** It had been delivered to a disk that was lost afterwards. */
function lostWithDisk({ restores }: Side, { id, order }: Message): boolean {
  return restores.some(
    ({ to, image, waiting, known }) =>
      order < to && !image.has(id) && (waiting === null || !known.has(id) || !waiting.has(id))
  );
}

/** The disk that it was written to was lost: whether it is on the other one is as it is. */
function wasUnsure({ restores }: Side, { order }: Message): boolean {
  return restores.some(({ to }) => order < to);
}

function nameOf([id, , , mine]: Shown, who: Who): string {
  if (!id.startsWith('#')) return id;
  const writer = mine ? who : who === 'a' ? 'b' : 'a';
  return `${writer}${id}`;
}

function newSide(): Side {
  return {
    memory: NOTHING,
    readAt: new Map(),
    images: new Map(),
    restores: [],
    everMine: new Set(),
    everBoth: new Set(),
    holder: 0,
    committedAt: 0,
    offset: 0,
    stepped: false,
    finals: []
  };
}
