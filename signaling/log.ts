/**
 * What the server writes down: one JSON object a line, and of these kinds only. The types leave no room for an address,
 * a topic, or anybody's anything.
 */
export type LogLine =
  | { readonly event: 'listening'; readonly port: number; readonly app: boolean; readonly redis: boolean }
  | { readonly event: 'backplane-connected' | 'backplane-lost' }
  | { readonly event: 'closing'; readonly sockets: number }
  | { readonly event: 'closed'; readonly ms: number }
  /** Its class and the lines of our code it went through: a message may quote what a stranger sent. */
  | { readonly event: 'crashed'; readonly error: string; readonly at: readonly string[] };

const LEVELS = { info: 0, warn: 1, error: 2, silent: 3 } as const;
export type LogLevel = keyof typeof LEVELS;
export const LOG_LEVELS = Object.keys(LEVELS) as LogLevel[];

const LEVEL_OF: Readonly<Record<LogLine['event'], Exclude<LogLevel, 'silent'>>> = {
  listening: 'info',
  'backplane-connected': 'info',
  'backplane-lost': 'warn',
  closing: 'info',
  closed: 'info',
  crashed: 'error'
};

export type Log = (line: LogLine) => void;

export function createLog(from: LogLevel, write: (text: string) => void, now: () => Date): Log {
  return (line) => {
    const level = LEVEL_OF[line.event];
    if (LEVELS[level] < LEVELS[from]) return;
    write(`${JSON.stringify({ time: now().toISOString(), level, ...line })}\n`);
  };
}

export function crashOf(error: unknown): LogLine {
  if (!(error instanceof Error)) return { event: 'crashed', error: typeof error, at: [] };
  const at = (error.stack ?? '').split('\n').flatMap((line) => /^ +at (.*)$/.exec(line)?.[1] ?? []);
  return { event: 'crashed', error: error.name, at };
}
