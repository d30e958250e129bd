/** Which way a connection has taken, from the browser's statistics (W3C webrtc-stats). */
import type { Path } from './ports.ts';

type Stat = Readonly<Record<string, unknown>>;

/** Null: the connection has not chosen a way, or the browser does not say. */
export function pathOf(report: ReadonlyMap<string, Stat>): Path | null {
  const pair = selectedPair(report);
  const local = report.get(String(pair?.localCandidateId));
  const remote = report.get(String(pair?.remoteCandidateId));
  if (!pair || !local || !remote) return null;
  const seconds = pair.currentRoundTripTime;
  return { kind: kindOf(local, remote, report), rtt: typeof seconds === 'number' ? seconds * 1_000 : null };
}

/**
 * A host candidate is an address of the device itself. Where both ends of the way are, no router translates between
 * them. One may be named late (Chromium gives its address a name of its own first) and is then found by its traffic,
 * `prflx`: the way is inside the network of the other one all the same, if that has a router and the way ends before it.
 * Where no router is known on either side nobody could have found a way through one: there the address decides.
 */
function kindOf(local: Stat, remote: Stat, report: ReadonlyMap<string, Stat>): Path['kind'] {
  const types = [local.candidateType, remote.candidateType];
  if (types.includes('relay')) return 'relayed';
  // A name instead of an address is known in its own network only.
  if (types.every((type) => type === 'host')) return isPublic(remote.address) ? 'direct' : 'local';
  const host = local.candidateType === 'host' ? local : remote;
  const other = host === local ? remote : local;
  if (host.candidateType !== 'host' || other.candidateType !== 'prflx') return 'direct';
  const routers = [...report.values()].filter(({ candidateType }) => candidateType === 'srflx');
  if (routers.length === 0) return isPublic(host.address) || isPublic(other.address) ? 'direct' : 'local';
  return routers.some(({ type }) => type === host.type) ? 'local' : 'direct';
}

/** Loopback, private and link-local addresses of IPv4 and IPv6; anything else that is known is on the internet. */
function isPublic(address: unknown): boolean {
  if (typeof address !== 'string' || address === '' || address.endsWith('.local')) return false;
  return !/^(?:127\.|10\.|192\.168\.|169\.254\.|172\.(?:1[6-9]|2\d|3[01])\.|::1$|f[cd]|fe[89ab])/i.test(
    address
  );
}

function selectedPair(report: ReadonlyMap<string, Stat>): Stat | undefined {
  const stats = [...report.values()];
  const transport = stats.find(({ type }) => type === 'transport');
  const named = report.get(String(transport?.selectedCandidatePairId));
  // Firefox has no transport statistics; there the pair says it of itself.
  return named ?? stats.find(({ type, selected }) => type === 'candidate-pair' && selected === true);
}
