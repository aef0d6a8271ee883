/** Owns what our service is asked in each workload. Does not own the service. */
import { setTimeout } from 'node:timers/promises';
import { PlainBrowser } from '@latchkey/stack';
import { codes, type Code } from '../codes.js';
import type { Ammunition } from '../load/plan.js';
import { answerTo, form, get, redemption, refresh, REFRESH_PREFIX } from '../shots.js';
import { LATCHKEY, type Entrant, type Need } from '../workload.js';
import type { Latchkey } from './latchkey.js';
import { API, MACHINE, OPENID_SCOPE, WEB, type Algorithm } from './seed.js';

/** Fewer than a session may be given without a question while they are remembered (libs/protocol, silent-codes). */
const SILENT_CODES = 250;

/** Fewer than all sessions may be given, so that those of one period may fall into the next; a period is a little longer than theirs. */
const ALL_SILENT_CODES = { most: 50_000, periodMs: 122_000 };

export class LatchkeyDrills {
  #browser: PlainBrowser;
  /** How many codes may still be got in this browser. */
  #left = 0;
  /** Of all browsers. */
  #period = { began: Number.NEGATIVE_INFINITY, given: 0 };

  constructor(private readonly latchkey: Latchkey) {
    this.#browser = new PlainBrowser(this.#origin);
  }

  clientCredentials(algorithm: Algorithm): Entrant {
    const shot = form('/token', MACHINE, { grant_type: 'client_credentials', scope: API[algorithm].scope });
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
          const { refresh_token: token } = await answerTo(this.#origin, redemption('/token', WEB, code, verifier));
          return refresh('/token', WEB, String(token));
        }),
      ),
    }));
  }

  /** By the client that it was given to. */
  introspection(): Entrant {
    return this.#entrant(async () => {
      const asked = form('/token', MACHINE, { grant_type: 'client_credentials', scope: API.ES256.scope });
      const { access_token: token } = await answerTo(this.#origin, asked);
      const shot = form('/introspect', MACHINE, { token: String(token) });
      const { active } = await answerTo(this.#origin, shot);
      if (active !== true) throw new Error('The token that is introspected is not active.');
      return { kind: 'repeat', shots: [shot] };
    });
  }

  document(path: string): Entrant {
    return this.#entrant(() => Promise.resolve({ kind: 'repeat', shots: [get(path)] }));
  }

  get #origin(): string {
    return this.latchkey.origins[0] ?? '';
  }

  /** From as many log-ins as it takes: each gives so many codes without a question, and no more. */
  async #codes(count: number, scope: string = API.ES256.scope): Promise<Code[]> {
    const asked = { authorizationEndpoint: `${this.#origin}/authorize`, client: WEB, scope };
    const found: Code[] = [];
    await this.#untilGiven(count);
    while (found.length < count) {
      if (this.#left === 0) await this.#logIn();
      const now = Math.min(this.#left, count - found.length);
      this.#left -= now;
      found.push(...(await codes(this.#browser, asked, now)));
    }
    return found;
  }

  /** A fast machine would be given more than there may be. Waits before the first of them: none may grow old meanwhile. */
  async #untilGiven(count: number): Promise<void> {
    const { most, periodMs } = ALL_SILENT_CODES;
    const left = this.#period.began + periodMs - performance.now();
    if (left > 0 && this.#period.given + count > most) await setTimeout(left);
    if (performance.now() >= this.#period.began + periodMs) this.#period = { began: performance.now(), given: 0 };
    this.#period.given += count;
  }

  /** Consent is remembered as soon as a first code has been redeemed. */
  async #logIn(): Promise<void> {
    const { outside } = this.latchkey;
    this.#browser = new PlainBrowser(this.#origin);
    const first = await outside.authorize(WEB, { browser: this.#browser, scope: OPENID_SCOPE });
    await answerTo(this.#origin, redemption('/token', WEB, first.code, first.verifier));
    this.#left = SILENT_CODES;
  }

  #entrant(ammunition: (need: Need) => Promise<Ammunition>): Entrant {
    const { latchkey } = this;
    return {
      contender: LATCHKEY,
      origins: latchkey.origins,
      servers: () => latchkey.servers,
      stores: () => latchkey.stores,
      ammunition,
    };
  }
}
