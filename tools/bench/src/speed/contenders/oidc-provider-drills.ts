/** Owns what oidc-provider is asked in each workload, by the names that its endpoints have. Does not own the program. */
import { PlainBrowser } from '@latchkey/stack';
import { codes, type Code } from '../codes.js';
import type { Ammunition } from '../load/plan.js';
import { answerTo, form, get, redemption, refresh, REFRESH_PREFIX } from '../shots.js';
import type { Entrant, Need } from '../workload.js';
import type { OidcProvider } from './oidc-provider.js';
import { API, MACHINE, WEB, type Algorithm } from './seed.js';

export class OidcProviderDrills {
  readonly #browser: PlainBrowser;
  #isLoggedIn = false;

  constructor(
    private readonly contender: string,
    private readonly provider: OidcProvider,
  ) {
    this.#browser = new PlainBrowser(provider.origin);
  }

  clientCredentials(algorithm: Algorithm): Entrant {
    const { identifier: resource, scope } = API[algorithm];
    const shot = form('/token', MACHINE, { grant_type: 'client_credentials', scope, resource });
    return this.#entrant(() => Promise.resolve({ kind: 'repeat', shots: [shot] }));
  }

  codeExchange(): Entrant {
    return this.#entrant(async ({ requests }) => ({
      kind: 'once',
      shots: (await this.#codes(requests)).map(({ code, verifier }) => redemption('/token', WEB, code, verifier)),
    }));
  }

  /** @param scope with openid each answer holds an ID token */
  refresh(scope: string = API.ES256.scope): Entrant {
    return this.#entrant(async ({ connections }) => ({
      kind: 'chain',
      field: 'refresh_token',
      prefix: REFRESH_PREFIX,
      shots: await Promise.all(
        (await this.#codes(connections, scope)).map(async ({ code, verifier }) => {
          const redeemed = await answerTo(this.provider.origin, redemption('/token', WEB, code, verifier));
          return refresh('/token', WEB, String(redeemed['refresh_token']));
        }),
      ),
    }));
  }

  /** Of an opaque token, which is one for no API: it introspects no JWT. */
  introspection(): Entrant {
    return this.#entrant(async () => {
      const { access_token: token } = await answerTo(
        this.provider.origin,
        form('/token', MACHINE, { grant_type: 'client_credentials' }),
      );
      const shot = form('/token/introspection', MACHINE, { token: String(token), token_type_hint: 'access_token' });
      const { active } = await answerTo(this.provider.origin, shot);
      if (active !== true) throw new Error('The token that is introspected is not active.');
      return { kind: 'repeat', shots: [shot] };
    });
  }

  document(path: string): Entrant {
    return this.#entrant(() => Promise.resolve({ kind: 'repeat', shots: [get(path)] }));
  }

  async #codes(count: number, scope: string = API.ES256.scope): Promise<Code[]> {
    const resource = API.ES256.identifier;
    const asked = { authorizationEndpoint: `${this.provider.origin}/auth`, client: WEB, scope, extra: { resource } };
    // One logs in, before many ask at once in the same browser.
    if (!this.#isLoggedIn) await codes(this.#browser, asked, 1);
    this.#isLoggedIn = true;
    return codes(this.#browser, asked, count);
  }

  #entrant(ammunition: (need: Need) => Promise<Ammunition>): Entrant {
    const { contender, provider } = this;
    return {
      contender,
      origins: [provider.origin],
      servers: () => provider.servers,
      stores: () => provider.stores,
      ammunition,
    };
  }
}
