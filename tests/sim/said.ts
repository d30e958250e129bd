/**
 * Judges what is said about messages, as checker.ts judges the messages: from the history alone.
 *
 *   diverged  the two sides show one text in two versions, with other reactions, or another quote
 *   lost      an edit that was kept is not there at the end, nor a later one
 *   shown     something that is to be viewed once is in a history, or its words were given twice
 *   kept      something is left of a conversation that was forgotten, or opens though it is erased or over
 *
 * A disk that was put back has lost what was said since: then only what may never happen is judged.
 */
import type { Line, Said, Shown, Who } from './history.ts';

type Final = Extract<Line, { op: 'final' }>;

export function checkSaid(lines: readonly Line[]): readonly string[] {
  const faults = new Set<string>();
  const [edits, once, opened] = [new Map<string, number>(), new Set<string>(), new Set<string>()];
  const finals = new Map<Who, Final>();
  let [restored, stepped, asked, forgot] = [false, false, false, false];
  const look = (who: Who, items: readonly Shown[]): void => {
    for (const [id, , , , said] of items)
      if (once.has(id) || once.has(said?.quote ?? '')) faults.add(`shown: ${who} shows ${id}`);
  };
  for (const line of lines) {
    switch (line.op) {
      case 'edited':
        edits.set(line.id, Math.max(line.edit, edits.get(line.id) ?? 0));
        break;
      case 'once':
        once.add(line.id);
        break;
      case 'opened':
        if (!once.has(line.id) || line.id.startsWith(line.who))
          faults.add(`invented: ${line.who} opens ${line.id}`);
        else if (opened.has(line.id) && !restored) faults.add(`shown: ${line.who} opens ${line.id} twice`);
        opened.add(line.id);
        break;
      case 'restore':
        restored = true;
        break;
      case 'clock':
        stepped = true;
        break;
      case 'forget':
        asked = true;
        break;
      case 'forgot':
        forgot = true;
        break;
      case 'look':
      case 'image':
        look(line.who, line.items);
        break;
      case 'final':
        look(line.who, line.items);
        finals.set(line.who, line);
        for (const id of line.opens) faults.add(`kept: ${id} of ${line.who} opens again`);
        break;
      default:
    }
  }
  if (restored) return [...faults];
  if (forgot)
    for (const { who, items, rows } of finals.values())
      // One entry may be left, that still tells the other side what it has done already.
      if (items.length > 0 || rows > 1) faults.add(`kept: ${who} has ${rows} rows of what is forgotten`);
  if (!asked) for (const fault of compare(finals, edits, stepped)) faults.add(fault);
  return [...faults];
}

function* compare(
  finals: ReadonlyMap<Who, Final>,
  edits: ReadonlyMap<string, number>,
  stepped: boolean
): Generator<string> {
  const there = new Map((finals.get('b')?.items ?? []).map((item) => [item[0], item]));
  for (const [id, , ttl, mine, said] of finals.get('a')?.items ?? []) {
    const other = there.get(id)?.[4];
    // An edit that waits dies with its text, where that waits unread for too long at its writer. And with a clock that was
    // set, what was over for one side when an edit came need not have been for the other.
    const isOverAtWriter = !mine && !there.has(id);
    if (!said || ((stepped || isOverAtWriter) && ttl > 0)) continue;
    if (editOf(mine ? said : (other ?? said)) < (edits.get(id) ?? 0)) yield `lost: an edit of ${id}`;
    if (!other) continue;
    if (said.text !== other.text) yield `diverged: ${said.text} and ${other.text}`;
    if (said.reactions.join() !== other.reactions.join()) yield `diverged: reactions to ${id}`;
    // Each may have erased what was answered for itself.
    if (said.quote !== null && other.quote !== null && said.quote !== other.quote)
      yield `diverged: ${id} answers ${said.quote} and ${other.quote}`;
  }
}

function editOf({ text }: Said): number {
  return Number(text.split('/')[1] ?? 0);
}
