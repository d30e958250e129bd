import { request } from 'node:http';
import { rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createServer } from '../../signaling/server.ts';
import { MemoryHub } from '../../signaling/backplane.ts';
import { hex } from '../../src/lib/bytes.ts';
import {
  APP_FILES,
  body,
  Client,
  POLICY,
  scratchDirectory,
  startServer,
  topic,
  writeApp
} from './harness.ts';

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

function get(
  port: number,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET'
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, path, headers, method, agent: false }, (incoming) => {
      let text = '';
      incoming.setEncoding('utf8');
      incoming.on('data', (part: string) => (text += part));
      incoming.on('end', () => {
        resolve({ status: incoming.statusCode, headers: incoming.headers, body: text });
      });
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}

describe('the app', () => {
  it('has one address a page', async () => {
    const { port } = await startServer();
    for (const [path, file] of [
      ['/', 'index.html'],
      ['/?utm=1', 'index.html'],
      ['/join', 'join.html'],
      ['/settings', 'settings.html']
    ] as const) {
      const page = await get(port, path);
      expect([page.status, page.body]).toEqual([200, APP_FILES[file]]);
    }
  });

  it('sends who asks with a slash behind it to the page', async () => {
    const { port } = await startServer();
    const { status, headers } = await get(port, '/join/?a=1');
    expect([status, headers.location]).toEqual([308, '/join']);
  });

  it('brings the security headers with a page', async () => {
    const { port } = await startServer();
    const { headers } = await get(port, '/join');
    const lasting = { ...headers };
    for (const fleeting of ['date', 'connection']) Reflect.deleteProperty(lasting, fleeting);
    expect(lasting).toMatchInlineSnapshot(`
      {
        "cache-control": "no-cache",
        "content-length": "133",
        "content-security-policy": "default-src 'none'; script-src 'self' 'sha256-abc='; frame-ancestors 'none'",
        "content-type": "text/html; charset=utf-8",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "etag": "W/"Jz3fn1GU0qIUEn6ZypCeiG"",
        "permissions-policy": "camera=(self), clipboard-write=(self), publickey-credentials-create=(self), publickey-credentials-get=(self), accelerometer=(), autoplay=(), browsing-topics=(), clipboard-read=(), display-capture=(), encrypted-media=(), fullscreen=(), gamepad=(), geolocation=(), gyroscope=(), hid=(), identity-credentials-get=(), idle-detection=(), keyboard-map=(), local-fonts=(), magnetometer=(), microphone=(), midi=(), otp-credentials=(), payment=(), picture-in-picture=(), screen-wake-lock=(), serial=(), storage-access=(), sync-xhr=(), usb=(), window-management=(), xr-spatial-tracking=()",
        "referrer-policy": "no-referrer",
        "vary": "Accept-Encoding",
        "x-content-type-options": "nosniff",
      }
    `);
    expect(headers['content-security-policy']).toBe(`${POLICY}; frame-ancestors 'none'`);
  });

  it.each([
    '/nope',
    '/nope/',
    '/join.html',
    '/join//',
    '/../package.json',
    '/%2e%2e/package.json',
    '/__proto__'
  ])('has nothing at %s', async (path) => {
    const { port } = await startServer();
    const { status, headers } = await get(port, path);
    expect(status).toBe(404);
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['cache-control']).toBe('no-store');
  });

  it('lets browsers keep what is named by its content, and ask again for all else', async () => {
    const { port } = await startServer();
    const cached = async (path: string): Promise<unknown> => (await get(port, path)).headers['cache-control'];
    expect(await cached('/_app/immutable/entry/app.abc.js')).toBe('public, max-age=31536000, immutable');
    for (const path of ['/', '/service-worker.js', '/manifest.webmanifest'])
      expect(await cached(path)).toBe('no-cache');
    const etag = String((await get(port, '/')).headers.etag);
    const again = await get(port, '/', { 'if-none-match': etag });
    expect([again.status, again.body]).toEqual([304, '']);
    expect((await get(port, '/join', { 'if-none-match': etag })).status).toBe(200);
  });

  it.each([
    ['gzip, deflate, br, zstd', 'brotli', 'br'],
    ['gzip', 'gzip', 'gzip'],
    ['br;q=0, gzip;q=0.5', 'gzip', 'gzip'],
    ['identity', 'plain', undefined],
    ['', 'plain', undefined]
  ])('to a browser that accepts "%s" is %s', async (accepts, body, encoding) => {
    const { port } = await startServer();
    const answer = await get(port, '/_app/immutable/entry/app.abc.js', { 'accept-encoding': accepts });
    expect([answer.status, answer.body, answer.headers['content-encoding']]).toEqual([200, body, encoding]);
    expect(answer.headers['content-type']).toBe('text/javascript; charset=utf-8');
  });

  it('gives its worker the policy of the home page', async () => {
    const { port } = await startServer();
    const { headers } = await get(port, '/service-worker.js');
    expect(headers['content-security-policy']).toBe(`${POLICY}; frame-ancestors 'none'`);
    expect((await get(port, '/manifest.webmanifest')).headers['content-type']).toBe(
      'application/manifest+json'
    );
  });

  it('is served as it was when the server started, while the next build is written', async () => {
    const app = scratchDirectory();
    writeApp(app);
    const server = createServer({ app });
    const port = await server.listen(0, '127.0.0.1');
    rmSync(join(app, '_app'), { recursive: true });
    writeFileSync(join(app, 'index.html'), 'half a pa');
    expect((await get(port, '/')).body).toBe(APP_FILES['index.html']);
    expect((await get(port, '/_app/immutable/entry/app.abc.js')).status).toBe(200);
    await server.close();
  });

  it('is not served without its policy, nor when it is not there', () => {
    const app = scratchDirectory();
    expect(() => createServer({ app })).toThrow('index.html');
    writeFileSync(join(app, 'index.html'), '<h1>no policy</h1>');
    expect(() => createServer({ app })).toThrow('Content-Security-Policy');
  });
});

it('answers HEAD without a body, and no other method', async () => {
  const { port } = await startServer();
  const head = await get(port, '/', {}, 'HEAD');
  expect([head.status, head.body, head.headers['content-length']]).toEqual([
    200,
    '',
    String(APP_FILES['index.html']?.length)
  ]);
  const post = await get(port, '/', {}, 'POST');
  expect([post.status, post.headers.allow]).toEqual([405, 'GET, HEAD']);
});

it('says that it is well', async () => {
  const { port } = await startServer();
  expect(await get(port, '/healthz')).toMatchObject({ status: 200, body: 'ok\n' });
});

it.each([
  ['a plain request for the WebSocket', { range: 'bytes=5-2' }, '/signal', 404],
  ['a range that runs backwards', { range: 'bytes=5-2' }, '/', 200],
  ['a bag of headers', { 'x-bag': 'x'.repeat(9_000) }, '/', 431]
])('survives %s', async (_name, headers, path, status) => {
  const { port } = await startServer();
  expect((await get(port, path, headers)).status).toBe(status);
  expect((await get(port, '/healthz')).status).toBe(200);
});

it('survives what is not HTTP', async () => {
  const { port } = await startServer();
  const socket = connect(port, '127.0.0.1');
  socket.end('\u0016\u0003\u0001 hello\r\n\r\n');
  await new Promise((resolve) => socket.resume().once('close', resolve));
  expect((await get(port, '/healthz')).status).toBe(200);
});

it('without the app has only what its pages ask for', async () => {
  const { port } = await startServer({ app: null });
  expect((await get(port, '/')).status).toBe(404);
  expect((await get(port, '/healthz')).status).toBe(200);
  expect((await get(port, '/ice')).status).toBe(200);
  await Client.open(port);
});

describe('the ICE servers', () => {
  const origins = ['https://chat.example'];

  it.each([
    ['a named origin', 'https://chat.example', 'https://chat.example', 'cross-origin'],
    ['any other', 'https://evil.example', undefined, 'same-origin'],
    ['nobody in particular', null, undefined, 'same-origin']
  ])('may be read by pages of %s', async (_name, origin, allowed, policy) => {
    const { port } = await startServer({ origins });
    const { headers } = await get(port, '/ice', origin === null ? {} : { origin });
    expect(headers['access-control-allow-origin']).toBe(allowed);
    expect(headers['cross-origin-resource-policy']).toBe(policy);
    expect(headers.vary).toBe('Origin');
  });

  it('are nobody else’s where none is named', async () => {
    const { port } = await startServer();
    const { headers } = await get(port, '/ice', { origin: 'https://chat.example' });
    expect([headers['access-control-allow-origin'], headers.vary]).toEqual([undefined, undefined]);
  });
});

it('says that it is degraded while the other nodes are not reached, and goes on', async () => {
  const hub = new MemoryHub();
  const { port } = await startServer({ backplane: hub.open });
  hub.setUp(false);
  const [ada, bob] = [await Client.open(port), await Client.open(port)];
  ada.subscribe(topic(1));
  await ada.settle();
  bob.subscribe(topic(1));
  expect(await bob.settle()).toHaveLength(1);
  const degraded = await get(port, '/healthz');
  expect(degraded.status).toBe(200);
  expect(degraded.body).toMatch(/^degraded/);
  hub.setUp(true);
  expect((await get(port, '/healthz')).body).toBe('ok\n');
});

describe('metrics', () => {
  it('count what happens, and hold no address, topic or body', async () => {
    const { port } = await startServer({ limits: { topicsPerSocket: 2 } });
    const [ada, bob] = [await Client.open(port), await Client.open(port, { localAddress: '127.0.0.9' })];
    ada.subscribe(topic(0xab));
    bob.subscribe(topic(0xab));
    bob.subscribe(topic(1), topic(2));
    bob.publish(topic(0xab), body(7));
    await bob.settle();
    await ada.settle();
    bob.ws.close(4_711);
    await bob.closed;
    const { status, headers, body: text } = await get(port, '/metrics');
    expect([status, headers['content-type']]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
    for (const line of [
      'aparte_sockets 1',
      'aparte_topics 1',
      'aparte_backplane_up 1',
      'aparte_sockets_opened_total 2',
      'aparte_sockets_closed_total{code="0"} 1',
      'aparte_frames_received_total{kind="subscribe"} 3',
      'aparte_frames_received_total{kind="publish"} 1',
      'aparte_errors_total{code="1"} 1'
    ]) {
      expect(text.split('\n')).toContain(line);
    }
    for (const secret of [
      '127.0.0',
      // As a label: among the digits of so many figures it is by chance.
      '"4711"',
      hex(topic(0xab)),
      Buffer.from(topic(0xab)).toString('base64url')
    ])
      expect(text).not.toContain(secret);
    // A second look counts nothing twice.
    expect((await get(port, '/metrics')).body).toContain('aparte_sockets_opened_total 2\n');
  });

  it('are not there for who comes through a proxy', async () => {
    const { port } = await startServer({ proxies: 1 });
    for (const name of ['x-forwarded-for', 'forwarded'])
      expect((await get(port, '/metrics', { [name]: '192.0.2.1' })).status).toBe(404);
  });

  it('are there for who knows the token, and then for nobody else', async () => {
    const { port } = await startServer({ metricsToken: 'sesame' });
    const status = async (authorization: string) =>
      (await get(port, '/metrics', { authorization, 'x-forwarded-for': '192.0.2.1' })).status;
    expect(await status('Bearer sesame')).toBe(200);
    for (const wrong of ['Bearer sesamE', 'Basic sesame', '']) expect(await status(wrong)).toBe(404);
  });
});
