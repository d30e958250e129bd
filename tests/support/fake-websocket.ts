/** A WebSocket that the test holds at its other end. */
import {
  encodeServerFrame,
  decodeClientFrame,
  type ClientFrame,
  type ServerFrame
} from '../../src/lib/wire/signaling.ts';

export class FakeWebSocket {
  readonly url: string;
  readonly protocol: string;
  readonly sent: ClientFrame[] = [];
  binaryType = 'blob';
  bufferedAmount = 0;
  /** 0 connecting, 1 open, 2 closing, 3 closed. */
  readyState = 0;
  closed = false;
  onopen: (() => void) | null = null;
  onmessage: ((message: { readonly data: unknown }) => void) | null = null;
  onclose: ((event: { readonly code: number }) => void) | null = null;
  onerror: (() => void) | null = null;

  constructor(url: string, protocol: string) {
    this.url = url;
    this.protocol = protocol;
  }

  send(bytes: Uint8Array): void {
    this.sent.push(decodeClientFrame(bytes));
  }

  close(): void {
    this.readyState = 2;
    this.closed = true;
  }

  get kinds(): string[] {
    return this.sent.map(({ kind }) => kind);
  }

  // --- The server's end ---

  open(): void {
    this.readyState = 1;
    this.onopen?.();
  }

  say(...frames: readonly ServerFrame[]): void {
    for (const frame of frames) this.data(Uint8Array.from(encodeServerFrame(frame)).buffer);
  }

  data(data: unknown): void {
    this.onmessage?.({ data });
  }

  /** As a browser does it: the error first. */
  fail(): void {
    this.onerror?.();
    this.end(1006);
  }

  end(code: number): void {
    this.readyState = 3;
    this.onclose?.({ code });
  }
}
