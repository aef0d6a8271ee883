// Owns: what the load has in its pockets: tokens of machines, grants of a person, and tokens that nobody will ever revoke.
// Does not own: when it is used. Minting goes on while it runs, and what a fault spoils is tried again.
import { setTimeout as sleep } from 'node:timers/promises';
import { basic, PlainBrowser, textOf, tokensOf, type RegisteredClient } from '@latchkey/stack';
import type { Chance } from './chance.js';
import { leastBusy } from './least-busy.js';
import { Pace } from './pace.js';
import type { World } from './world.js';

/** What one request to /revoke kills. */
export interface Revocable {
  readonly kind: 'token' | 'grant';
  /** An access token, or the refresh token of a grant. */
  readonly presented: string;
  readonly client: RegisteredClient;
  /** The access tokens that must be refused once it is revoked. */
  readonly dies: readonly string[];
}

const CONTROLS = 6;
const ENOUGH = 600;
const FIRST_TOKENS = 150;
const FIRST_GRANTS = 4;
const MINTED_PER_SECOND = 72;
const AT_ONCE = 8;
const GRANT_PAUSE_MS = 350;

const FORM = 'application/x-www-form-urlencoded';

export class Stock {
  /** Never revoked: they tell a guard that has recovered from one that refuses everything. */
  readonly controls: string[] = [];
  readonly #tokens: Revocable[] = [];
  readonly #grants: Revocable[] = [];
  readonly #minting = new Pace(MINTED_PER_SECOND, () => {
    this.#mintOne();
  });
  #browser: PlainBrowser;
  #over = false;
  #granting: Promise<void> = Promise.resolve();

  private constructor(
    private readonly world: World,
    private readonly chance: Chance,
    private readonly machine: RegisteredClient,
    private readonly person: RegisteredClient,
  ) {
    this.#browser = new PlainBrowser(world.outside.bootstrap.issuer);
  }

  /** Has enough to begin with when it resolves, and goes on minting until end(). */
  static async prepare(world: World, chance: Chance): Promise<Stock> {
    const metadata = { grant_types: ['client_credentials'], redirect_uris: [], scope: 'notes:read' };
    const machine = await world.outside.createClient(metadata);
    const stock = new Stock(world, chance, machine, await world.outside.createClient());
    for (let n = 0; n < CONTROLS; n++) {
      const answer = await world.outside.token(machine, { grant_type: 'client_credentials' });
      stock.controls.push(textOf(answer, 'access_token'));
    }
    for (let n = 0; n < FIRST_GRANTS; n++) await stock.#grantOne();
    stock.#minting.start();
    stock.#granting = stock.#goOnGranting();
    while (stock.#tokens.length < FIRST_TOKENS) await sleep(20);
    return stock;
  }

  /** Gives it away for good; undefined when there is none left. */
  take(): Revocable | undefined {
    return (this.chance.often(0.06) ? this.#grants.pop() : undefined) ?? this.#tokens.pop() ?? this.#grants.pop();
  }

  /** A token that is still good, if there is one. */
  look(): string | undefined {
    const kept = this.chance.often(0.1) ? this.#grants : this.#tokens;
    return kept.length === 0 ? undefined : this.chance.pick(this.chance.pick(kept).dies);
  }

  /** Whether it has not been given away. */
  holds(token: string): boolean {
    return [this.#tokens, this.#grants].some((kept) => kept.some(({ dies }) => dies.includes(token)));
  }

  async end(): Promise<void> {
    this.#over = true;
    this.#minting.stop();
    await this.#granting;
  }

  #mintOne(): void {
    const { client } = leastBusy(this.world.auths, this.chance);
    if (this.#tokens.length >= ENOUGH || client.underWay >= AT_ONCE) return;
    const headers = { authorization: basic(this.machine), 'content-type': FORM };
    client.ask('/token', { method: 'POST', headers, body: 'grant_type=client_credentials' }).then(
      ({ status, body }) => {
        if (status !== 200) return;
        const { access_token: presented } = Object(JSON.parse(body)) as Record<string, unknown>;
        if (typeof presented !== 'string') return;
        this.#tokens.push({ kind: 'token', presented, client: this.machine, dies: [presented] });
      },
      () => undefined, // a fault; the next one will be minted
    );
  }

  async #goOnGranting(): Promise<void> {
    while (!this.#over) {
      await sleep(GRANT_PAUSE_MS);
      if (this.#grants.length >= ENOUGH / 10) continue;
      await this.#grantOne().catch(() => {
        // A fault in the middle of a log-in: a person would begin again.
        this.#browser = new PlainBrowser(this.world.outside.bootstrap.issuer);
      });
    }
  }

  /** Two access tokens of one grant: of the code, and of the first refresh. */
  async #grantOne(): Promise<void> {
    const { outside } = this.world;
    const authorized = await outside.authorize(this.person, { browser: this.#browser });
    const first = tokensOf(await outside.redeem(this.person, authorized));
    const second = tokensOf(await outside.refresh(this.person, first.refresh_token));
    this.#grants.push({
      kind: 'grant',
      presented: second.refresh_token,
      client: this.person,
      dies: [first.access_token, second.access_token],
    });
  }
}
