/** What stands before several nodes, as a load balancer does: one address, behind which now this node is and now that. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { Address } from './person.ts';

export class Front implements Address {
  /** A node behind it goes away: browsers may complain of that. */
  wasStopped = false;
  #port = 0;
  #node: number;
  readonly #open = new Set<Socket>();
  readonly #server = createServer((client) => {
    const node = connect(this.#node, '127.0.0.1');
    for (const [from, to] of [
      [client, node],
      [node, client]
    ] as const) {
      this.#open.add(from);
      from.pipe(to);
      // As abrupt on one side as on the other.
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.#open.delete(from);
        to.destroy();
      });
    }
  });

  /** @param node its port */
  constructor(node: number) {
    this.#node = node;
  }

  get origin(): string {
    return `http://localhost:${String(this.#port)}`;
  }

  start(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.listen(0, '127.0.0.1', () => {
        this.#port = (this.#server.address() as AddressInfo).port;
        resolve();
      });
    });
  }

  /** Whoever comes from now on goes there. */
  moveTo(node: number): void {
    this.wasStopped = true;
    this.#node = node;
  }

  stop(): Promise<void> {
    this.wasStopped = true;
    for (const socket of this.#open) socket.destroy();
    return new Promise((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
  }
}
