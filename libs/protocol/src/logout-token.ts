/**
 * Owns the logout token (OpenID Connect Back-Channel Logout 1.0 §2.4): what it says, and that it is signed as the client's ID
 * tokens are. Does not own whom it is sent to, nor the sending.
 */
import { randomUUID } from 'node:crypto';
import type { Client, IdTokenAlgorithm } from './ports/client.js';
import type { ProtocolSettings } from './settings.js';

/** §2.4: "RECOMMENDED … logout+jwt": so that nobody takes it for another kind of JWT (RFC 8725 §3.11). */
export const LOGOUT_TOKEN_TYPE = 'logout+jwt';

/** §2.4: `exp` is "preferably at most two minutes in the future". */
const LIFETIME_SECONDS = 120;

/** §2.4: the member name of `events`; its value "SHOULD be the empty JSON object". */
const EVENT = 'http://schemas.openid.net/event/backchannel-logout';

/** How a JWT for one client is signed: by the algorithm that it registered for its ID tokens. ClientJwts does so. */
export interface ClientSigning {
  /** @throws Unavailable when there is nothing to sign with, or it is out of reach */
  sign(jwt: {
    readonly clientId: string;
    readonly algorithm: IdTokenAlgorithm;
    readonly typ: string;
    readonly claims: object;
  }): Promise<string>;
}

/**
 * §2.4: `sub` and `sid` as they stand in the ID token; "A nonce Claim MUST NOT be present", which keeps it from passing for an ID
 * token. Both are always there, whatever `backchannel_logout_session_required` says: "MAY contain".
 */
export const logoutTokenClaims = (
  settings: Pick<ProtocolSettings, 'issuer'>,
  client: Pick<Client, 'clientId'>,
  session: { readonly sid: string; readonly sub: string },
  now: number,
): object => ({
  iss: settings.issuer,
  sub: session.sub,
  aud: client.clientId,
  iat: now,
  exp: now + LIFETIME_SECONDS,
  jti: randomUUID(),
  events: { [EVENT]: {} },
  sid: session.sid,
});

export class LogoutTokens {
  constructor(
    private readonly signing: ClientSigning,
    private readonly settings: Pick<ProtocolSettings, 'issuer'>,
    private readonly nowSeconds: () => number,
  ) {}

  /** Another each time. @throws Unavailable when no key is active or the signer is out of reach */
  async issue(client: Client, session: { readonly sid: string; readonly sub: string }): Promise<string> {
    const claims = logoutTokenClaims(this.settings, client, session, this.nowSeconds());
    const { clientId, idTokenSignedResponseAlg: algorithm } = client;
    return this.signing.sign({ clientId, algorithm, typ: LOGOUT_TOKEN_TYPE, claims });
  }
}
