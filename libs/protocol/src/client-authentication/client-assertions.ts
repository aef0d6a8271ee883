/**
 * Owns whether an assertion proves a client (private_key_jwt: RFC 7523 §3, OpenID Connect Core §9), at one endpoint. Does not own what it
 * must say (client-assertion), nor how often a client may fail.
 */
import type { Client } from '../ports/client.js';
import type { AssertionMemory } from '../ports/assertion-memory.js';
import type { ClientKeySets } from '../ports/client-key-sets.js';
import type { Ephemeral } from '../ports/ephemeral.js';
import { digestOf } from '../digest.js';
import type { VerificationKey } from '@latchkey/tokens';
import { CLOCK_TOLERANCE, type ClientAssertion, mayBeOlderThan, timeOrAudienceFault } from './client-assertion.js';
import { isSignedBy, meantKey, verifyInVain } from './client-keys.js';

export interface ClientAssertionParts {
  readonly keySets: ClientKeySets;
  readonly ephemeral: Pick<Ephemeral, 'addOnce'>;
  readonly memory: AssertionMemory;
  readonly nowSeconds: () => number;
}

export class ClientAssertions {
  /** @param audiences whatever names this server at this endpoint */
  constructor(
    private readonly parts: ClientAssertionParts,
    private readonly audiences: readonly string[],
  ) {}

  /**
   * What keeps it from proving this client, for the log; undefined when it does: then it proves it never again. Nothing is remembered of one
   * that is not genuine, so that nobody uses up what another will send.
   * @param client undefined: there is none that it could prove
   * @throws Unavailable when the keys of the client cannot be read, or nobody knows what was used. That is 503 and never invalid_client: a
   * key that could not be looked at was not found wanting, and a client that is told so would throw away what is good
   */
  async faultOf(assertion: ClientAssertion, client: Client | undefined): Promise<string | undefined> {
    // 1. Is it for us, and for now? Arithmetic alone.
    const now = this.parts.nowSeconds();
    const fault = timeOrAudienceFault(assertion, this.audiences, now);
    if (fault !== undefined) return fault;

    // 2. Is it signed by the key of the client that it names?
    const key = client === undefined ? undefined : await this.keyOf(client, assertion);
    if (key === undefined) {
      verifyInVain(assertion);
      return 'no key of a client that exists is meant';
    }
    if (!isSignedBy(key, assertion)) return 'wrong signature';

    // 3. §3: "The authorization server MAY ensure that JWTs are not replayed by maintaining the set of used "jti" values". Of 50 one is first.
    const { clientId, jti, expiresAt } = assertion;
    const name = `assertion:${digestOf(`${clientId}:${jti}`)}`;
    const remembered = await this.parts.ephemeral.addOnce(name, Math.ceil(expiresAt - now) + CLOCK_TOLERANCE);
    if (remembered === 'present') return 'the assertion was used before';

    // 4. Is it remembered where everything is remembered that was used since it was made? Asked after it was added there.
    return mayBeOlderThan(await this.parts.memory.reachesBackTo(), assertion)
      ? 'the assertion is older than the memory of what was used'
      : undefined;
  }

  /** OpenID Connect Registration §2: of a client that has chosen one, "All Token Requests […] MUST be signed with this algorithm". */
  private async keyOf(client: Client, assertion: ClientAssertion): Promise<VerificationKey | undefined> {
    const { tokenEndpointAuthSigningAlg: only, jwks, jwksUri } = client;
    if (only !== undefined && only !== assertion.algorithm) return undefined;
    if (jwksUri === undefined) return meantKey(jwks?.keys ?? [], assertion);
    // OpenID Connect Core §10.1.1: "The verifier knows to go back to the jwks_uri location to re-retrieve the keys when it sees an unfamiliar
    // kid value."
    return (
      meantKey(await this.parts.keySets.at(jwksUri, 'held'), assertion) ??
      meantKey(await this.parts.keySets.at(jwksUri, 'again'), assertion)
    );
  }
}
