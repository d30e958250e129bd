import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { guard } from '../../signaling/door.ts';
import { LIMITS } from '../../signaling/limits.ts';
import { Turns } from '../../signaling/turns.ts';

const open: { server: Server; client: Socket }[] = [];

afterEach(() => {
  for (const { server, client } of open.splice(0)) {
    client.destroy();
    server.close();
  }
});

/** A client, and the server's end of its connection. */
async function meet(): Promise<{ client: Socket; host: Socket; answer: Promise<string> }> {
  const server = createServer((_, response) => response.end('here'));
  guard(server, { limits: LIMITS, turns: new Turns(LIMITS), now: () => 0, counts: true });
  const arrived = once(server, 'connection') as Promise<[Socket]>;
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  open.push({ server, client });
  const [host] = await arrived;
  const answer = once(client.setEncoding('utf8'), 'data').then(([text]) => String(text));
  return { client, host, answer };
}

describe('the door', () => {
  it('reads less and less of who dribbles, and answers when the request is whole', async () => {
    const { client, host, answer } = await meet();
    client.write('GET / HTTP/1.1\r\nHost: a\r\n');
    await vi.waitFor(() => {
      expect(host.isPaused()).toBe(true);
    });
    const before = host.bytesRead;
    client.write('X: 1\r\n');
    // It is read all the same, a little later.
    await vi.waitFor(() => {
      expect(host.bytesRead).toBeGreaterThan(before);
    });
    await vi.waitFor(() => {
      expect(host.isPaused()).toBe(true);
    });
    client.write('\r\n');
    expect(await answer).toMatch(/^HTTP\/1.1 200 /);
    expect(host.isPaused()).toBe(false);
  });

  it('does not keep who comes early and says nothing yet waiting', async () => {
    const { client, host, answer } = await meet();
    await new Promise((resolve) => setTimeout(resolve, 5 * LIMITS.requestCheckMs));
    expect(host.isPaused()).toBe(false);
    client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(await answer).toMatch(/^HTTP\/1.1 200 /);
  });
});
