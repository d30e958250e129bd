/**
 * The code that a new device shows to the one that everything moves from (backup/README.md, "Moving"): `aparte-move:` and
 * the 58 bytes of an invitation. It is no link: whatever camera reads it, no browser opens it and no server sees it.
 *
 *   secret of topics and handshake = H(X("", K), "move", 32)
 *
 * So a code that is taken for an invitation meets nobody, nor does an invitation that is taken for a code.
 */
import { EMPTY } from '../bytes.ts';
import { H, X } from '../crypto/kdf.ts';
import { decodeInvitation, encodeInvitation, InvitationError, type Invitation } from './invitation.ts';

const SCHEME = 'aparte-move:';
const FLAGS = { many: false, askFirst: false, relayOnly: false } as const;

export function encodeMoveCode(invitation: Omit<Invitation, 'flags'>): string {
  return SCHEME + encodeInvitation({ ...invitation, flags: FLAGS });
}

/** With the secret that both meet by. @throws InvitationError */
export function decodeMoveCode(code: string): Invitation {
  const text = code.trim();
  if (!text.startsWith(SCHEME)) throw new InvitationError('malformed');
  const invitation = decodeInvitation(text.slice(SCHEME.length));
  return { ...invitation, secret: moveSecret(invitation.secret) };
}

export function moveSecret(secret: Uint8Array): Uint8Array {
  return H(X(EMPTY, secret), 'move', 32);
}
