/**
 * Owns the measurement of K7: from the answer to `DELETE /admin/v1/keys/{kid}` until each of three guards refuses a token
 * that this key has signed; as V20 is measured (refusal). Each sample kills the key that signs, and the next one needs a
 * token of its successor, which no guard had heard of before.
 */
import { Agent } from 'node:http';
import { basic, Fleet, KeyDesk, readToken, type Outside, type RegisteredClient } from '@latchkey/stack';
import { askOn } from '../ask-on.js';
import { atMost, under, type Figure, type Measurement } from '../measurement.js';
import { percentiles } from '../percentiles.js';

const GUARDS = 3;
const GOAL_MS = 25;
/** Unmeasured: code that has never run; what is asked and what asks are new, then only what is asked. */
const WARM_UP = 50;
const WARM_UP_AGAIN = 10;
const UNAUTHORIZED = 401;
const PATIENCE_MS = 30_000;
const FORM = 'application/x-www-form-urlencoded';

interface Samples {
  /** Milliseconds from the answer until the last guard has refused. */
  readonly refused: number[];
  /** Milliseconds that the operator waits, for an ES256 key, and for an RS256 key without and with an announced successor. */
  readonly answered: Readonly<Record<'es256' | 'made' | 'announced', number[]>>;
  /** Tokens that were signed with a key after its killing had been acknowledged. */
  stillborn: number;
  /** Times that a guard answered 401 to a token of a successor that it had not fetched yet. */
  successorsRefused: number;
}

/** A killed key stands in the books for ever, and no installation has hundreds: a new one is taken after some. */
export const keyKill = (installations = 5, kills = 100, rsaKills = 3): Measurement => ({
  name: 'key kill',
  rounds: 2,
  seconds: 75,
  run: async () => {
    const answered = { es256: [], made: [], announced: [] };
    const samples: Samples = { refused: [], answered, stillborn: 0, successorsRefused: 0 };
    for (let n = 0; n < installations; n += 1) {
      const extra = { LOG_LEVEL: 'warn', ACCESS_TOKEN_LIFETIME_SECONDS: '3600' };
      const fleet = await Fleet.start({ auths: 1, guards: GUARDS }, extra);
      const killing = new Killing(fleet);
      try {
        await killing.ofEs256(samples, n === 0 ? WARM_UP : WARM_UP_AGAIN, kills);
        await killing.ofRs256(samples, rsaKills);
        samples.stillborn += killing.stillborn;
      } finally {
        killing.end();
        await fleet.stop();
      }
    }
    return figuresOf(samples, installations * kills);
  },
});

function figuresOf({ refused, answered, ...counts }: Samples, kills: number): readonly Figure[] {
  const median = (what: string, took: readonly number[]): readonly Figure[] => percentiles(what, took).slice(0, 1);
  return [
    ...percentiles('key killed → its token refused by all of 3 guards', refused, { p99: under(GOAL_MS) }),
    { what: '… tokens signed with it afterwards', value: counts.stillborn, unit: 'calls', goal: atMost(0) },
    // It could not be announced: a guard that has just asked for another unknown key does not know it yet.
    { what: '… 401 for its successor, per kill', value: counts.successorsRefused / kills, unit: 'calls' },
    ...median('killing an ES256 key: asked → acknowledged', answered.es256),
    ...median('killing an RS256 key, another one made', answered.made),
    ...median('killing an RS256 key, another one announced', answered.announced),
  ];
}

/** An operator who kills keys, and knows that the next one signs the token for it. */
class Killing {
  stillborn = 0;
  readonly #auth: Outside;
  readonly #desk: KeyDesk;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #guardAgents: readonly Agent[];
  readonly #killed = new Set<string>();

  constructor(private readonly fleet: Fleet) {
    const [auth] = fleet.auths;
    if (auth === undefined) throw new Error('An auth-service is needed.');
    this.#auth = auth;
    this.#desk = new KeyDesk(auth);
    this.#guardAgents = fleet.guards.map(() => new Agent({ keepAlive: true, maxSockets: 1 }));
  }

  /** Each token is shown to all guards until they know its key; then the key is killed, and they are asked until they refuse. */
  async ofEs256(samples: Samples, warmUp: number, kills: number): Promise<void> {
    const metadata = { grant_types: ['client_credentials'], redirect_uris: [], scope: 'notes:read' };
    const client = await this.#auth.createClient(metadata);
    for (let n = 0; n < warmUp + kills; n += 1) {
      const token = await this.#token(client);
      // Not measured: nobody could be told of this key before it signed.
      await this.#untilAll(200, token, (status) => {
        if (n >= warmUp && status === UNAUTHORIZED) samples.successorsRefused += 1;
      });
      const { acknowledged, milliseconds } = await this.#kill(readToken(token).kid);
      const last = await this.#untilAll(UNAUTHORIZED, token);
      if (n < warmUp) continue;
      samples.refused.push(last - acknowledged);
      samples.answered.es256.push(milliseconds);
    }
  }

  /** RSA keys take long to make. */
  async ofRs256({ answered }: Samples, kills: number): Promise<void> {
    for (let n = 0; n < kills; n += 1) {
      answered.made.push((await this.#kill(await this.#active('RS256'))).milliseconds);
      await this.#desk.rotate();
      answered.announced.push((await this.#kill(await this.#active('RS256'))).milliseconds);
    }
  }

  end(): void {
    for (const agent of [this.#agent, ...this.#guardAgents]) agent.destroy();
  }

  /** When the last of the guards has answered so. @throws Error when one does not come to it */
  async #untilAll(wanted: number, token: string, other: (status: number) => void = () => undefined): Promise<number> {
    const headers = { authorization: `Bearer ${token}` };
    const deadline = performance.now() + PATIENCE_MS;
    const each = this.fleet.guards.map(async ({ bootstrap }, index) => {
      for (;;) {
        const { status } = await askOn(this.#guardAgents[index], `${bootstrap.api_url}/notes`, { headers });
        if (status === wanted) return performance.now();
        other(status);
        if (performance.now() > deadline) throw new Error(`A guard answered ${status} and never ${wanted}.`);
      }
    });
    return Math.max(...(await Promise.all(each)));
  }

  async #active(algorithm: string): Promise<string> {
    const key = (await this.#desk.list()).find((each) => each.algorithm === algorithm && each.state === 'active');
    if (key === undefined) throw new Error(`No ${algorithm} key signs.`);
    return key.kid;
  }

  async #kill(kid: string): Promise<{ readonly acknowledged: number; readonly milliseconds: number }> {
    const { admin, admin_url: adminUrl } = this.#auth.bootstrap;
    const headers = { authorization: `Bearer ${await this.#token(admin)}` };
    const sent = performance.now();
    const { status } = await askOn(this.#agent, `${adminUrl}/admin/v1/keys/${kid}`, { method: 'DELETE', headers });
    const acknowledged = performance.now();
    if (status !== 200) throw new Error(`Killing a key was answered ${status}.`);
    this.#killed.add(kid);
    return { acknowledged, milliseconds: acknowledged - sent };
  }

  /** A token of a living key. One that is dead at birth is counted. */
  async #token(client: RegisteredClient): Promise<string> {
    for (;;) {
      const token = await this.#newToken(client);
      if (!this.#killed.has(readToken(token).kid)) return token;
      this.stillborn += 1;
    }
  }

  async #newToken(client: RegisteredClient): Promise<string> {
    const headers = { authorization: basic(client), 'content-type': FORM };
    const question = { method: 'POST', headers, body: 'grant_type=client_credentials' } as const;
    const { status, body } = await askOn(undefined, `${this.#auth.bootstrap.issuer}/token`, question);
    const { access_token: token } = Object(JSON.parse(body)) as Record<string, unknown>;
    if (typeof token !== 'string') throw new Error(`A token request was answered ${status}.`);
    return token;
  }
}
