/**
 * Whose pages may use this server: those of its own host, and of origins that were named. Browsers always send Origin
 * with a WebSocket, so whoever sends none is no browser and is refused too: a program can forge the header, but then it
 * knows that it does.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';

export function mayConnect(request: IncomingMessage, named: ReadonlySet<string>): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined || !URL.canParse(origin)) return false;
  return named.has(origin) || new URL(origin).host === host?.toLowerCase();
}

/** CORS: lets a page of a named origin read the answer. Own pages need no leave, and others get none. */
export function shareWithNamed(
  request: IncomingMessage,
  response: ServerResponse,
  named: ReadonlySet<string>
): void {
  if (named.size === 0) return;
  response.setHeader('Vary', 'Origin');
  const { origin } = request.headers;
  if (origin === undefined || !named.has(origin)) return;
  response.setHeader('Access-Control-Allow-Origin', origin);
  response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
}
