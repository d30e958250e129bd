/** The file of what can still be read: plain text, made and saved on the device. */
import type { ReadableConversation } from '../engine/api.ts';

/** The words that the file needs in the reader's language. */
export interface ExportWords {
  readonly locale: string;
  readonly head: string;
  readonly warning: string;
  readonly me: string;
  readonly nobody: (number: number) => string;
}

export function exportText(
  conversations: readonly ReadableConversation[],
  now: number,
  { locale, head, warning, me, nobody }: ExportWords
): string {
  const time = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
  const parts = conversations.map(({ title, messages }, index) => {
    const name = title ?? nobody(index + 1);
    const lines = messages.map(({ mine, at, text }) => {
      // A second line of a message must not look like the beginning of another one.
      return `[${time.format(at)}] ${mine ? me : name}: ${text.replaceAll('\n', '\n    ')}`;
    });
    return [`# ${name}`, '', ...lines].join('\n');
  });
  return `${[`${head} (${time.format(now)})\n${warning}`, ...parts].join('\n\n')}\n`;
}

export function saveText(name: string, text: string): void {
  saveFile(name, new Blob([text], { type: 'text/plain;charset=utf-8' }));
}

/** Hands the browser a file to keep where the user wants it. */
export function saveFile(name: string, file: Blob): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // Not at once: some browsers read it only after this turn.
  setTimeout(() => {
    URL.revokeObjectURL(url);
  }, 60_000);
}
