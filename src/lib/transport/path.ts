/** Which way a connection has taken, from the browser's statistics (W3C webrtc-stats). */
import type { Path } from './ports.ts';

type Stat = Readonly<Record<string, unknown>>;

/** Null: the connection has not chosen a way, or the browser does not say. */
export function pathOf(report: ReadonlyMap<string, Stat>): Path | null {
  const pair = selectedPair(report);
  const local = report.get(String(pair?.localCandidateId))?.candidateType;
  const remote = report.get(String(pair?.remoteCandidateId))?.candidateType;
  if (!pair || local === undefined || remote === undefined) return null;
  const seconds = pair.currentRoundTripTime;
  return { kind: kindOf(local, remote), rtt: typeof seconds === 'number' ? seconds * 1_000 : null };
}

/** A host candidate is an address of the device itself: where both are, there is no router that translates between. */
function kindOf(local: unknown, remote: unknown): Path['kind'] {
  if (local === 'relay' || remote === 'relay') return 'relayed';
  return local === 'host' && remote === 'host' ? 'local' : 'direct';
}

function selectedPair(report: ReadonlyMap<string, Stat>): Stat | undefined {
  const stats = [...report.values()];
  const transport = stats.find(({ type }) => type === 'transport');
  const named = report.get(String(transport?.selectedCandidatePairId));
  // Firefox has no transport statistics; there the pair says it of itself.
  return named ?? stats.find(({ type, selected }) => type === 'candidate-pair' && selected === true);
}
