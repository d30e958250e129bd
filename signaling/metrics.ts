/**
 * /metrics, for Prometheus: the numbers of tally.ts, how many there are of what now, and what Node says of its process.
 * Loaded when it is first asked for.
 */
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import type { Tally } from './tally.ts';

export interface Vitals {
  readonly tally: Tally;
  readonly gauges: { readonly sockets: number; readonly topics: number; readonly waiting: number };
  readonly connected: boolean;
}

export interface Exposition {
  readonly type: string;
  read(): Promise<string>;
}

export function createMetrics(vitals: Vitals): Exposition {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });

  const gauge = (name: string, help: string, value: () => number): void => {
    new Gauge({
      name: `aparte_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(value());
      }
    });
  };
  /** A counter whose numbers are kept elsewhere, one for each value of its label. */
  const counter = (
    name: string,
    help: string,
    label: string | null,
    values: () => Iterable<readonly [string | number, number]>
  ): void => {
    new Counter({
      name: `aparte_${name}_total`,
      help,
      registers: [registry],
      labelNames: label === null ? [] : [label],
      collect() {
        this.reset();
        for (const [key, value] of values()) {
          if (label === null) this.inc(value);
          else this.inc({ [label]: String(key) }, value);
        }
      }
    });
  };

  const { tally } = vitals;
  gauge('sockets', 'Open WebSockets.', () => vitals.gauges.sockets);
  gauge('topics', 'Topics that somebody listens to.', () => vitals.gauges.topics);
  gauge('waiting_bytes', 'Bytes that slow readers have not read.', () => vitals.gauges.waiting);
  gauge('backplane_up', 'Whether the other nodes are reached.', () => Number(vitals.connected));
  counter('sockets_opened', 'WebSockets that were opened.', null, () => [['', tally.opened]]);
  counter('sockets_closed', 'WebSockets that ended, by close code.', 'code', () => tally.closings);
  counter(
    'turned_away',
    'WebSockets refused before they were opened, by HTTP status.',
    'status',
    () => tally.turnedAway
  );
  counter('frames_received', 'Frames of clients.', 'kind', () => Object.entries(tally.frames));
  counter('frames_sent', 'Frames to clients.', null, () => [['', tally.sent]]);
  counter('errors', 'Frames that were refused, by the code of the ERR frame.', 'code', () => tally.errors);

  return { type: registry.contentType, read: () => registry.metrics() };
}
