/**
 * Owns the judgement on an `id_token_hint` (OpenID Connect Core §3.1.2.1): is it an ID token that this issuer gave to this
 * client, and of whom does it speak? Does not own what follows from it.
 */
import {
  type CompactJws,
  parseCompact,
  verifyInput,
  type VerificationKey,
  type VerificationKeys,
} from '@latchkey/tokens';
import { OAuthError, Unavailable } from './errors.js';
import type { ClientStore } from './ports/client.js';
import type { ClientMacKeys } from './ports/client-mac-keys.js';

/** What the key ring knows, of keys that are retired or dropped too; never of one that was killed. */
export interface HintKeys extends Pick<VerificationKeys, 'changed' | 'outdated'> {
  findForHint(kid: string): VerificationKey | undefined;
}

/** What a hint says that is genuine. */
export interface IdTokenHint {
  /** As this client knows the person. */
  readonly sub: string;
  /** The login session that it was given for. */
  readonly sid: string | undefined;
}

const refused = (detail: string): OAuthError =>
  new OAuthError('invalid_request', 'the id_token_hint is no ID token that was issued here to this client', {
    detail: `id_token_hint: ${detail}`,
  });

export class IdTokenHints {
  constructor(
    private readonly issuer: string,
    private readonly keys: HintKeys,
    private readonly macKeys: ClientMacKeys,
    private readonly clients: Pick<ClientStore, 'find'>,
  ) {}

  /**
   * §3.1.2.1: "The Authorization Server need not be listed as an audience of the ID Token". Its client must be: what another
   * client was told is no hint of this one's. Expired is fine (§3.1.2.2 speaks of "the ID Token previously issued").
   *
   * Not checked: `exp`, `nonce`, whether the session that it names still lives; and under a MAC (HS256) whether we wrote it or the
   * client itself, which has the same secret and can only hint at whom it likes. Only a client whose ID tokens are under one now.
   * @throws OAuthError invalid_request; Unavailable while nobody can tell: its key is unknown here, and newer ones are on their
   * way
   */
  async read(hint: string, clientId: string): Promise<IdTokenHint> {
    // 1. Cheap first. Every token of ours says what it is: an access token or a logout token is no hint (RFC 8725 §3.11).
    const parsed = parseCompact(hint);
    if (!parsed.ok) throw refused(parsed.fault);
    const { header, payload } = parsed.jws;
    if (header.typ?.toUpperCase() !== 'JWT') throw refused('wrong type');
    const { iss, aud, sub, sid } = payload;
    if (iss !== this.issuer) throw refused('wrong issuer');
    if (aud !== clientId && !(Array.isArray(aud) && aud.includes(clientId))) throw refused('wrong audience');
    if (typeof sub !== 'string' || sub === '') throw refused('no sub');

    // 2. Then the signature.
    await this.verify(parsed.jws, clientId);
    return { sub, sid: typeof sid === 'string' ? sid : undefined };
  }

  /**
   * The client that a hint claims to have been given to, for whoever is told of no other: OpenID Connect RP-Initiated Logout 1.0
   * §2. Nothing is verified: `read` does that for the client that is answered here.
   * @throws OAuthError invalid_request for what is no token, or names several clients
   */
  clientOf(hint: string): string {
    const parsed = parseCompact(hint);
    if (!parsed.ok) throw refused(parsed.fault);
    const { aud } = parsed.jws.payload;
    const only: unknown = Array.isArray(aud) && aud.length === 1 ? aud[0] : aud;
    if (typeof only !== 'string') throw refused('no single audience');
    return only;
  }

  private async verify(jws: CompactJws, clientId: string): Promise<void> {
    const { header, signingInput, signature } = jws;
    if (header.alg === 'HS256') return this.verifyMac(jws, clientId);
    const key = header.kid === undefined ? undefined : await this.keyOf(header.kid);
    if (key === undefined) throw refused('unknown key');
    // RFC 8725 §3.1: "each key MUST be used with exactly one algorithm, and this MUST be checked". A key that an API shares is
    // none of those that sign ID tokens.
    if (key.algorithm !== header.alg || key.key.type !== 'public') throw refused('wrong algorithm');
    if (!verifyInput(key.algorithm, key.key, signingInput, signature)) throw refused('bad signature');
  }

  /** OpenID Connect Core §10.1: any secret of this client that lives. Those of APIs have a `kid`, and are none of them. */
  private async verifyMac({ header, signingInput, signature }: CompactJws, clientId: string): Promise<void> {
    // RFC 8725 §3.1: "MUST NOT use any other algorithms". Whose ID tokens are signed otherwise has signed this one itself.
    const client = await this.clients.find(clientId);
    if (client?.idTokenSignedResponseAlg !== 'HS256') throw refused('wrong algorithm');
    const secrets = header.kid === undefined ? await this.macKeys.keysOf(clientId) : [];
    if (!secrets.some(({ key }) => verifyInput('HS256', key, signingInput, signature))) throw refused('bad signature');
  }

  private async keyOf(kid: string): Promise<VerificationKey | undefined> {
    const key = this.keys.findForHint(kid);
    if (key !== undefined) return key;
    // Another instance may have signed with a key that this one has not loaded yet. Who asks at once shares one read.
    await this.keys.changed();
    const found = this.keys.findForHint(kid);
    if (found === undefined && this.keys.outdated) throw new Unavailable('the newest set of keys');
    return found;
  }
}
