/**
 * A passkey of this device as a key to the lock: WebAuthn's PRF extension (WebAuthn level 3, section 10.1.4) makes 32
 * bytes of a salt, by a secret that does not leave the authenticator, when somebody has shown a finger, a face or a
 * PIN. Nothing is verified by a server: there is none that knows of it, and a wrong key opens nothing.
 */
import { Problem } from './api.ts';
import type { Passkeys } from './app-lock.ts';

const KEY_BYTES = 32;
const ES256 = -7;
const RS256 = -257;
const EDDSA = -8;

/** As far as this browser says; null: it does not say. */
type Capabilities = Readonly<Record<string, boolean | undefined>>;

export const passkeys: Passkeys = {
  async work() {
    if (typeof PublicKeyCredential === 'undefined') return false;
    const { getClientCapabilities } = PublicKeyCredential as {
      readonly getClientCapabilities?: () => Promise<Capabilities>;
    };
    // Not told: it is offered, and a browser that cannot says so when it is asked.
    const told = await getClientCapabilities?.call(PublicKeyCredential).catch(() => null);
    return told?.['extension:prf'] ?? true;
  },

  async create(salt) {
    const made = await asked(() =>
      navigator.credentials.create({
        publicKey: {
          rp: { id: location.hostname, name: 'Aparté' },
          // It names nobody: whoever looks at their passkeys sees which app it is of, and no more.
          user: { id: random(16), name: 'Aparté', displayName: 'Aparté' },
          challenge: random(32),
          pubKeyCredParams: [ES256, EDDSA, RS256].map((alg) => ({ type: 'public-key', alg })),
          authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
          extensions: { prf: { eval: { first: plain(salt) } } }
        }
      })
    );
    const { enabled, results } = made.getClientExtensionResults().prf ?? {};
    if (!enabled && !results) throw new Problem('passkey-failed');
    const id = new Uint8Array(made.rawId);
    // Many authenticators give the key only when they are asked the next time.
    return { id, key: results ? keyFrom(results.first) : await passkeys.use(id, salt) };
  },

  async use(id, salt) {
    const shown = await asked(() =>
      navigator.credentials.get({
        publicKey: {
          rpId: location.hostname,
          challenge: random(32),
          allowCredentials: [{ type: 'public-key', id: plain(id) }],
          userVerification: 'required',
          extensions: { prf: { eval: { first: plain(salt) } } }
        }
      })
    );
    return keyFrom(shown.getClientExtensionResults().prf?.results?.first);
  }
};

/** Whatever went wrong, the browser has told the person more of it than it tells us. */
async function asked(ask: () => Promise<Credential | null>): Promise<PublicKeyCredential> {
  const credential = await ask().catch(() => null);
  if (credential instanceof PublicKeyCredential) return credential;
  throw new Problem('passkey-failed');
}

function keyFrom(made: BufferSource | undefined): Uint8Array {
  if (!(made instanceof ArrayBuffer) || made.byteLength !== KEY_BYTES) throw new Problem('passkey-failed');
  return new Uint8Array(made);
}

function random(length: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(length));
}

/** WebAuthn's types want a buffer that is not shared; ours never are. */
function plain(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(bytes);
}
