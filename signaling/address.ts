/** Whom a connection is counted against. Addresses live in one map while a socket is open; nothing writes them down. */
import type { IncomingMessage } from 'node:http';
import { isIPv6 } from 'node:net';

/**
 * The address of the client, as a key. Behind proxies of ours every socket comes from the proxy, and the client's
 * address is the last but `proxies - 1` of X-Forwarded-For: what stands further left was written by strangers.
 */
export function addressOf(request: IncomingMessage, proxies: number): string {
  const peer = request.socket.remoteAddress ?? '';
  if (proxies === 0) return addressKey(peer);
  const forwarded = [request.headers['x-forwarded-for'] ?? []].flat().join(',').split(',');
  return addressKey(forwarded.at(-proxies)?.trim() || peer);
}

/** IPv6 counts by /64, which is what one customer gets; IPv4 inside IPv6 counts as IPv4. */
export function addressKey(address: string): string {
  const v4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (v4 !== undefined) return v4;
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('%', 1).join('').split('::');
  const left = groups(head);
  const right = groups(tail ?? '');
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  return [...left, ...Array<string>(Math.max(0, zeros)).fill('0'), ...right].slice(0, 4).join(':') + '::/64';
}

function groups(text: string): string[] {
  // An IPv4 tail (64:ff9b::192.0.2.1) stands for two groups; which ones does not matter for a /64.
  return text
    .split(':')
    .filter((group) => group !== '')
    .flatMap((group) => (group.includes('.') ? ['0', '0'] : [Number.parseInt(group, 16).toString(16)]));
}
