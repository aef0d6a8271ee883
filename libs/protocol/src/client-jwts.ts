/**
 * Owns how a JWT is signed that is meant for one client: with the algorithm that it registered, and for HS256 with its own secret
 * (OpenID Connect Core §10.1). Does not own what the JWT says.
 */
import { macJwt, type SignerSource, signJwt } from '@latchkey/tokens/issuing';
import { Unavailable } from './errors.js';
import type { ClientMacKeys } from './ports/client-mac-keys.js';
import type { IdTokenAlgorithm } from './ports/client.js';

export interface ClientJwt {
  readonly clientId: string;
  readonly algorithm: IdTokenAlgorithm;
  /** Undefined: the header says none. */
  readonly typ: string | undefined;
  readonly claims: object;
  /**
   * SHA-256, hex, of the secret that the client has shown with this request: for HS256 the one that it certainly has. Without
   * it the newest signs.
   */
  readonly secretDigest?: string | undefined;
}

export class ClientJwts {
  constructor(
    private readonly signers: SignerSource,
    private readonly macKeys: ClientMacKeys,
  ) {}

  /** @throws Unavailable when there is no key or secret to sign with, or it is out of reach: never the fault of who asks */
  async sign(jwt: ClientJwt): Promise<string> {
    const { algorithm, typ, claims } = jwt;
    if (algorithm === 'HS256') return this.mac(jwt);
    try {
      return await signJwt(await this.signers.signerFor(algorithm), typ, claims);
    } catch (error) {
      throw new Unavailable('a signing key', error);
    }
  }

  /** §10.1: "the octets of the UTF-8 representation of the client_secret … is used as the key". Two may live while one is replaced. */
  private async mac({ clientId, typ, claims, secretDigest }: ClientJwt): Promise<string> {
    const keys = await this.macKeys.keysOf(clientId);
    const chosen = keys.find(({ digest }) => digest === secretDigest) ?? keys.at(-1);
    if (chosen === undefined) throw new Unavailable(`a secret of the client ${clientId} to sign with`);
    return macJwt(chosen.key, typ, claims);
  }
}
