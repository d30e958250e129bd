/**
 * The channel of a session, from both sides' descriptions to the frames that it carries (protocol, section 8).
 *
 *   established --remote description known--> peer connects --channel open--> BIND sent --BIND received, equal--> bound
 *                     \--- candidates of both sides trickle as SEALED frames ---/        \--- unequal: AuthError
 */
import { EMPTY, equalBytes } from '../bytes.ts';
import { AuthError, WireError } from '../errors.ts';
import { openFrame, openSession, type Content } from '../protocol/session.ts';
import { encodeIce } from '../wire/ice.ts';
import type { PeerEvent } from '../wire/peer.ts';
import {
  certificatesOf,
  DESCRIPTION,
  flush,
  sealed,
  send,
  andThen,
  type Dial,
  type DialContext,
  type LinkEffect,
  type Step
} from './dial.ts';
import { onRehandshake, onSwitched } from './rehandshake.ts';

const PROTOCOL_VERSION = 1;
/** A message of this alone asks for a keepalive: does the other side still hear (section 8)? */
export const ASK = Uint8Array.of(0);

/** One strike (section 8): a frame that does not open ends its session; null says so. */
export function strictly(
  state: Dial,
  event: PeerEvent,
  context: DialContext
): readonly [Dial | null, readonly LinkEffect[]] {
  try {
    return onPeer(state, event, context);
  } catch (error) {
    if (error instanceof WireError || error instanceof AuthError) return [null, []];
    throw error;
  }
}

/** @throws WireError, AuthError: the session ends. */
export function onPeer(state: Dial, event: PeerEvent, context: DialContext): Step<Dial> {
  const { random } = context;
  switch (event.kind) {
    case 'local': {
      if (state.described) return [state, []];
      const [next, sent] = sealed(state, DESCRIPTION, encodeIce(event.ice), random);
      return flush({ ...next, described: true }, [sent], random);
    }
    case 'candidates':
      return flush({ ...state, held: [...state.held, ...event.candidates] }, [], random);
    case 'open': {
      const { local, remote } = event;
      const { session, established, consumed } = openSession(
        state.established,
        certificatesOf(state, event),
        random
      );
      // Only the initiator's ratchet can send yet; its first message, of nothing, lets the other side's begin.
      const data = established.initiator ? EMPTY : null;
      const bind = { kind: 'bind', version: PROTOCOL_VERSION, local, remote, data } as const;
      const opened: Dial = { ...state, channel: { local, remote }, session, established, since: context.now };
      return andThen([opened, [{ kind: 'wipe', secrets: consumed }]], (next) => send(next, bind));
    }
    case 'frame':
      return onFrame(state, event.frame, context);
    case 'stalled':
      return [state, []];
    case 'closed':
      return [state, [{ kind: 'close-peer', id: state.id }]];
  }
}

function onFrame(state: Dial, frame: Uint8Array, context: DialContext): Step<Dial> {
  const { session, rehandshake } = state;
  if (!session) throw new WireError('frame before the channel was open');
  const isNew = rehandshake?.step === 'agreed' && rehandshake.receiving;
  const opened = openFrame(isNew ? rehandshake.next : session, frame, context.random);
  // With it the responder's new ratchet can send: anything else would leave the switch half done.
  if (isNew && opened.content.kind !== 'message') throw new WireError('a message expected first');
  const advanced: Dial = isNew
    ? { ...state, rehandshake: { ...rehandshake, next: opened.session } }
    : { ...state, session: opened.session };
  const wipe: LinkEffect = { kind: 'wipe', secrets: opened.consumed };
  const [next, effects] = isNew
    ? andThen(onSwitched(advanced, context), (bound) => onContent(bound, opened.content, context))
    : onContent(advanced, opened.content, context);
  return [next, [...effects, wipe]];
}

function onContent(state: Dial, content: Content, context: DialContext): Step<Dial> {
  if (!state.bound) return onBind(state, content);
  switch (content.kind) {
    case 'message':
      // A message of nothing is a keepalive.
      if (content.data.length === 0) return [state, []];
      if (equalBytes(content.data, ASK)) return send(state, { kind: 'message', data: EMPTY });
      return [state, [{ kind: 'message', data: content.data }]];
    case 'rehandshake':
      return onRehandshake(state, content, context);
    case 'close':
      return [state, [{ kind: 'close-peer', id: state.id }]];
    case 'bind':
      throw new WireError('second BIND');
  }
}

/** The first frame each way says which certificates its writer sees; a man in the middle of DTLS shows here. */
function onBind(state: Dial, content: Content): Step<Dial> {
  const { channel, established } = state;
  if (!channel || content.kind !== 'bind' || content.version !== PROTOCOL_VERSION)
    throw new WireError('BIND expected');
  if (!equalBytes(content.local, channel.remote) || !equalBytes(content.remote, channel.local))
    throw new AuthError();
  // Only the initiator's ratchet can send yet; the responder's can when it has heard a message.
  if ((content.data === null) !== established.initiator)
    throw new WireError('a first message from the initiator');
  const { retained, continuity } = established;
  return [{ ...state, bound: true }, [{ kind: 'retain', retained, continuity }, { kind: 'up' }]];
}
