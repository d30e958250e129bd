/** What a peer connection says of itself: the words that the link (pure) and the transport (an adapter) share. */
import type { Candidate, IceBlock } from './ice.ts';

export type PeerEvent =
  /** The own description, with the candidates that are known already. */
  | { readonly kind: 'local'; readonly ice: IceBlock }
  | { readonly kind: 'candidates'; readonly candidates: readonly Candidate[] }
  /** The channel is open; these certificates are the ones in use (SHA-256). */
  | { readonly kind: 'open'; readonly local: Uint8Array; readonly remote: Uint8Array }
  | { readonly kind: 'frame'; readonly frame: Uint8Array }
  /** Nothing comes through at the moment; it may come back by itself. */
  | { readonly kind: 'stalled' }
  /** It is gone, for whatever reason. Nothing comes after this. */
  | { readonly kind: 'closed' };
