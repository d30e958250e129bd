/**
 * All that a page ever gave to its disk, sealed records and keys: a database's log that is never cleared, and a key file
 * that forgets nothing. Whatever remnants a real disk has are a part of it.
 */
/* eslint-disable @typescript-eslint/unbound-method -- the browser's methods, called with the object that they are of */
import type { Person } from './person.ts';

/** A sealed record, in hexadecimal, and where it lay, which its seal names. */
export interface Sealed {
  readonly context: string;
  readonly sealed: string;
}

interface Given {
  readonly records: readonly Sealed[];
  readonly keys: readonly string[];
}

declare global {
  interface Window {
    /** What this page has given, since it was asked the last time. */
    given: () => Given;
  }
}

export class Ledger {
  readonly records: Sealed[] = [];
  /** Slots of the key file, in hexadecimal. */
  readonly keys = new Set<string>();

  /** From the next page on; again for each browser. */
  async watch({ context }: Person): Promise<void> {
    await context.addInitScript(record);
  }

  /** Before a page ends. */
  async take({ page }: Person): Promise<void> {
    const { records, keys } = await page.evaluate(() => window.given());
    this.records.push(...records);
    for (const key of keys) this.keys.add(key);
  }
}

function record(): void {
  const hex = (bytes: Uint8Array): string =>
    Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  let [records, keys]: [Sealed[], string[]] = [[], []];
  window.given = () => {
    const given = { records, keys };
    [records, keys] = [[], []];
    return given;
  };
  const { put } = IDBObjectStore.prototype;
  IDBObjectStore.prototype.put = function (this: IDBObjectStore, ...what) {
    const { sealed, id, conversation, log, seq } = Object(what[0]) as Partial<Record<string, unknown>>;
    const place = this.name === 'rows' ? [this.name, conversation, log, seq] : [this.name, id];
    if (sealed instanceof Uint8Array) records.push({ context: place.join('/'), sealed: hex(sealed) });
    const [value, name] = what as [unknown, unknown];
    // Where there is no file the database has the keys.
    if (value instanceof Uint8Array && /^key file: \d+$/.test(String(name)))
      keys.push(...(hex(value).match(/.{64}/g) ?? []));
    return put.apply(this, what);
  };
  const { postMessage } = Worker.prototype;
  Worker.prototype.postMessage = function (this: Worker, ...what: unknown[]) {
    const { question } = Object(what[0]) as { question?: { runs?: readonly { bytes: Uint8Array }[] } };
    for (const { bytes } of question?.runs ?? []) keys.push(...(hex(bytes).match(/.{64}/g) ?? []));
    postMessage.apply(this, what as Parameters<typeof postMessage>);
  };
}
