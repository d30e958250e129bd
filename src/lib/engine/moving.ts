/** Moving between devices, begun: what the two sides of it (arriving.ts, leaving.ts) need of this page. */
import { decodeMoveCode } from '../protocol/move-code.ts';
import { InvitationError } from '../protocol/invitation.ts';
import { Problem, type Arriving as Arrival, type Leaving as Departure, type Snapshot } from './api.ts';
import { Arriving } from './arriving.ts';
import { pack, restore, unpack, type BackupSource } from './backup.ts';
import type { Environment } from './environment.ts';
import { MOVE_MARK } from './kept.ts';
import { Leaving } from './leaving.ts';

interface MovingOptions<State> {
  readonly environment: Environment;
  readonly snapshot: () => Snapshot;
  /** The engine at work. @throws Problem */
  readonly source: () => Promise<BackupSource>;
  readonly listener: (state: State) => void;
}

interface LeavingOptions extends MovingOptions<Departure> {
  /** Who asks for it is who may. @throws Problem */
  readonly proves: () => Promise<boolean>;
  /** Everything was given away: nothing is done here any more. */
  readonly rest: () => void;
}

const NOTHING = { close: () => undefined };

/** The new device: it needs no engine before something has arrived. @throws Problem */
export function arrive({ environment, snapshot, source, listener }: MovingOptions<Arrival>): {
  close(): void;
} {
  if (environment.problem) throw new Problem(environment.problem);
  const isEmpty = (): boolean => snapshot().conversations.length + snapshot().forgetting.length === 0;
  if (!isEmpty()) {
    listener({ kind: 'failed', problem: 'move-not-empty' });
    return NOTHING;
  }
  return new Arriving({
    ...environment,
    ...{ relayOnly: snapshot().settings.relayOnly, isEmpty, listener },
    unpack: (plain) => unpack(plain, environment.clock),
    restore: async (opened) => restore(await source(), opened)
  });
}

/** The old device. @throws Problem */
export async function leave(
  code: string,
  { environment, snapshot, source, proves, rest, listener }: LeavingOptions
): Promise<{ close(): void }> {
  if (environment.problem) throw new Problem(environment.problem);
  try {
    const invitation = decodeMoveCode(code);
    const from = await source();
    if (!(await proves())) {
      listener({ kind: 'wrong' });
      return NOTHING;
    }
    return new Leaving({
      ...environment,
      ...{ invitation, relayOnly: snapshot().settings.relayOnly, listener },
      setQuiet: (quiet) => {
        from.network[quiet ? 'pause' : 'resume']();
      },
      pack: () => pack(from),
      mark: (value) => from.vault.write([{ kind: 'put-meta', key: MOVE_MARK, value }]),
      onGone: rest
    });
  } catch (error) {
    if (!(error instanceof InvitationError)) throw error;
    listener({ kind: 'failed', problem: error.code === 'newer' ? 'move-newer' : 'move-malformed' });
    return NOTHING;
  }
}
