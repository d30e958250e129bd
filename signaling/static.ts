/**
 * The built app, read into memory when the server starts: one build is served as a whole, even while the next one
 * is being written over it, and no request reaches the file system. (It is about a megabyte.)
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, sep } from 'node:path';
import { pagePolicy, SECURITY_HEADERS } from './headers.ts';

const CONTENT_TYPES = new Map([
  ['.css', 'text/css; charset=utf-8'],
  ['.html', 'text/html; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.json', 'application/json'],
  ['.mjs', 'text/javascript; charset=utf-8'],
  ['.png', 'image/png'],
  ['.svg', 'image/svg+xml'],
  ['.txt', 'text/plain; charset=utf-8'],
  ['.wasm', 'application/wasm'],
  ['.webmanifest', 'application/manifest+json'],
  ['.webp', 'image/webp']
]);

/** What the build compresses ahead (`precompress`), the better one first. */
const ENCODINGS = [
  { name: 'br', extension: '.br' },
  { name: 'gzip', extension: '.gz' }
] as const;

interface Variant {
  readonly encoding: string | null;
  readonly body: Buffer;
}

interface Resource {
  /** The compressed ones first, the plain one last. */
  readonly variants: readonly Variant[];
  readonly headers: Readonly<Record<string, string>>;
  readonly etag: string;
}

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** @throws when `directory` does not hold a built app. */
export function serveApp(directory: string): Handler {
  const resources = readApp(directory);
  return (request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    const resource = resources.get(path);
    if (resource === undefined) {
      // Somebody's tool hung a slash on a link. A browser carries the fragment over, and with it the invitation.
      const page = path.replace(/\/$/, '');
      if (page !== path && resources.has(page)) response.writeHead(308, { Location: page }).end();
      else nothingHere(request, response);
      return;
    }
    for (const [name, value] of Object.entries(resource.headers)) response.setHeader(name, value);
    response.setHeader('ETag', resource.etag);
    if (request.headers['if-none-match']?.includes(resource.etag) === true) {
      response.writeHead(304).end();
      return;
    }
    const accepted = acceptedEncodings(request);
    const variant = resource.variants.find(({ encoding }) => encoding === null || accepted.has(encoding));
    if (variant === undefined) throw new Error('a resource has no plain variant');
    if (variant.encoding !== null) response.setHeader('Content-Encoding', variant.encoding);
    response.setHeader('Content-Length', variant.body.length);
    // To HEAD the platform sends the headers only.
    response.writeHead(200).end(variant.body);
  };
}

export const nothingHere: Handler = (_request, response) => {
  answer(response, 404, 'Nothing is here. Il n’y a rien ici.\n');
};

/** A few words that nobody keeps. */
export function answer(
  response: ServerResponse,
  status: number,
  text: string,
  type = 'text/plain; charset=utf-8'
): void {
  response.setHeader('Content-Type', type);
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('Content-Length', Buffer.byteLength(text));
  response.writeHead(status).end(text);
}

function readApp(directory: string): Map<string, Resource> {
  const files = new Map<string, Buffer>();
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    files.set(file.slice(directory.length).replaceAll(sep, '/').replace(/^\/*/, '/'), readFileSync(file));
  }
  const home = files.get('/index.html');
  if (home === undefined) throw new Error('there is no index.html');
  const resources = new Map<string, Resource>();
  for (const [file, body] of files) {
    if (ENCODINGS.some(({ extension }) => file.endsWith(extension))) continue;
    resources.set(urlPath(file), {
      variants: [
        ...ENCODINGS.flatMap(({ name, extension }) => {
          const compressed = files.get(file + extension);
          return compressed === undefined ? [] : [{ encoding: name, body: compressed }];
        }),
        { encoding: null, body }
      ],
      headers: fileHeaders(file, body, home),
      // Weak: the compressed variants share it. By content, so that it survives a restart and a rebuild.
      etag: `W/"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`
    });
  }
  return resources;
}

/** /index.html is /, /join.html is /join: a page has one address. */
function urlPath(file: string): string {
  return file.replace(/(?:(?<=\/)index)?\.html$/, '');
}

function fileHeaders(file: string, body: Buffer, home: Buffer): Record<string, string> {
  const headers: Record<string, string> = {
    ...SECURITY_HEADERS,
    'Content-Type': CONTENT_TYPES.get(extname(file)) ?? 'application/octet-stream',
    // Names below immutable/ contain a hash of what is inside; all else is asked for again each time.
    'Cache-Control': file.startsWith('/_app/immutable/') ? 'public, max-age=31536000, immutable' : 'no-cache',
    Vary: 'Accept-Encoding'
  };
  // A worker obeys the policy of its own script's answer: the home page's is what it needs, and no more.
  const policed = file.endsWith('.html') ? body : file === '/service-worker.js' ? home : null;
  if (policed !== null) headers['Content-Security-Policy'] = pagePolicy(policed.toString('utf8'));
  return headers;
}

function acceptedEncodings(request: IncomingMessage): Set<string> {
  const accepted = new Set<string>();
  for (const item of (request.headers['accept-encoding'] ?? '').split(',')) {
    const [name = '', quality = ''] = item.toLowerCase().replaceAll(' ', '').split(';');
    if (!/^q=0(\.0*)?$/.test(quality)) accepted.add(name);
  }
  return accepted;
}
