/**
 * Connections that an address makes, those that have said nothing yet among them. Who makes too many is sent away before
 * the HTTP library hears of it: what it prepares for a connection is most of what one costs. Behind a proxy there is
 * nothing to count here, for they are all the proxy's.
 */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { addressKey } from './address.ts';
import { Buckets } from './bucket.ts';
import type { Limits } from './limits.ts';

export function guard(http: Server, limits: Limits, now: () => number): void {
  const arrivals = new Buckets(
    limits.connectionsAtOnce,
    limits.connectionsPerSecond,
    limits.rememberedAddresses
  );
  const open = new Map<string, number>();
  const listeners = http.listeners('connection') as ((socket: Socket) => void)[];
  http.removeAllListeners('connection');

  http.on('connection', (socket: Socket) => {
    const address = addressKey(socket.remoteAddress ?? '');
    const count = (open.get(address) ?? 0) + 1;
    if (count > limits.connectionsPerAddress || !arrivals.take(address, now())) {
      socket.destroy();
      return;
    }
    open.set(address, count);
    socket.once('close', () => {
      const left = (open.get(address) ?? 0) - 1;
      if (left > 0) open.set(address, left);
      else open.delete(address);
    });
    for (const listener of listeners) listener.call(http, socket);
  });
}
