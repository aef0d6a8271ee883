// Owns: a constant load of token requests at every auth-service, whose tokens are shown to every guard: at once, again and again,
// and shortly before they expire. Does not own: what the guards said (their witnesses), nor when keys are rotated.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, type Outside, type RegisteredClient, textOf, tokensOf } from '../outside-client.js';
import type { Fleet } from './fleet.js';
import type { GuardWitness } from './guard-witness.js';
import { read, type ShownToken } from './shown-token.js';
import { until } from './until.js';

const MACHINES_PER_AUTH = 2;
const REFRESHING = 3;
const RESTING = 2;
const PAUSE_MS = 15;
/** Of this many tokens, one is shown again as long as it is valid. */
const KEPT_OF = 4;
const SHORTLY_BEFORE_EXPIRY_SECONDS = 3;

export interface IssuingFigures {
  issued: number;
  refreshed: number;
  shownLate: number;
}

export class IssuingLoad {
  readonly figures: IssuingFigures = { issued: 0, refreshed: 0, shownLate: 0 };
  /** Token requests and refreshes that were not answered with tokens. In words. */
  readonly refused: string[] = [];
  /** Which keys each auth-service has signed with. */
  readonly #signedWith: readonly Set<string>[];
  #kept: ShownToken[] = [];
  #over = false;
  #running: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly fleet: Fleet,
    private readonly witnesses: readonly GuardWitness[],
    private readonly machine: RegisteredClient,
    private readonly person: RegisteredClient,
    private readonly refreshing: readonly string[],
    /** Refresh tokens that nobody uses until the end. */
    private readonly resting: readonly string[],
  ) {
    this.#signedWith = fleet.auths.map(() => new Set());
  }

  static async prepare(fleet: Fleet, witnesses: readonly GuardWitness[]): Promise<IssuingLoad> {
    const [first] = fleet.auths;
    if (first === undefined) throw new Error('an auth-service is needed');
    const metadata = { grant_types: ['client_credentials'], redirect_uris: [], scope: 'notes:read' };
    const machine = await first.createClient(metadata);
    const person = await first.createClient();
    const grants: string[] = [];
    for (let n = 0; n < REFRESHING + RESTING; n += 1) grants.push((await first.logIn(person)).refresh_token);
    const [refreshing, resting] = [grants.slice(RESTING), grants.slice(0, RESTING)];
    return new IssuingLoad(fleet, witnesses, machine, person, refreshing, resting);
  }

  start(): void {
    const { auths } = this.fleet;
    const machines = auths.flatMap((auth, n) =>
      Array.from({ length: MACHINES_PER_AUTH }, () => () => this.#machineAsks(auth, n)),
    );
    const grants = this.refreshing.map((token) => this.#refreshingOf(token));
    this.#running = Promise.all([...machines, ...grants, () => this.#showKept()].map((step) => this.#repeat(step)));
  }

  /** Resolves when every auth-service has signed tokens with each of these keys, or the load has found a fault. */
  async untilAllSignWith(kids: readonly string[]): Promise<void> {
    const all = (): boolean => this.#signedWith.every((signed) => kids.every((kid) => signed.has(kid)));
    await until('every auth-service signs with the new keys', () => all() || this.refused.length > 0);
  }

  /** Resolves when the last answer is here, and the grants that rested have been refreshed once. */
  async end(): Promise<void> {
    this.#over = true;
    await this.#running;
    const { auths } = this.fleet;
    for (const [n, token] of this.resting.entries()) await this.#refresh(auths[n % auths.length], token);
  }

  async #repeat(step: () => Promise<void>): Promise<void> {
    while (!this.#over) {
      await step();
      await sleep(PAUSE_MS);
    }
  }

  async #machineAsks(auth: Outside, n: number): Promise<void> {
    const answer = await tried(() => auth.token(this.machine, { grant_type: 'client_credentials' }));
    if (!this.#isGood(answer, 'client_credentials')) return;
    this.figures.issued += 1;
    const shown = read(textOf(answer, 'access_token'));
    this.#signedWith[n]?.add(shown.kid);
    await this.#showAll(shown);
    if (this.figures.issued % KEPT_OF === 0) this.#kept.push(shown);
  }

  /** Each time at another auth-service, which may not have met the key of this refresh token yet. */
  #refreshingOf(first: string): () => Promise<void> {
    let [newest, turn] = [first, 0];
    return async () => {
      const { auths } = this.fleet;
      turn += 1;
      newest = (await this.#refresh(auths[turn % auths.length], newest)) ?? newest;
    };
  }

  async #refresh(auth: Outside | undefined, refreshToken: string): Promise<string | undefined> {
    const answer = await tried(async () => auth?.refresh(this.person, refreshToken));
    if (!this.#isGood(answer, 'refresh_token')) return undefined;
    this.figures.refreshed += 1;
    const tokens = tokensOf(answer);
    await this.#showAll(read(tokens.access_token));
    return tokens.refresh_token;
  }

  async #showKept(): Promise<void> {
    const late = Date.now() / 1000 + SHORTLY_BEFORE_EXPIRY_SECONDS;
    const expiring = this.#kept.filter(({ expiresAt }) => expiresAt <= late);
    this.#kept = this.#kept.filter(({ expiresAt }) => expiresAt > late);
    this.figures.shownLate += expiring.length;
    for (const shown of expiring) await this.#showAll(shown);
    const any = this.#kept[Math.floor(Math.random() * this.#kept.length)];
    if (any !== undefined) await this.#showAll(any);
  }

  async #showAll(shown: ShownToken): Promise<void> {
    await Promise.all(this.witnesses.map((witness) => witness.show(shown)));
  }

  #isGood(answer: Answer | string, grant: string): answer is Answer {
    if (typeof answer !== 'string' && answer.status === 200) return true;
    this.refused.push(`${grant}: ${typeof answer === 'string' ? answer : `${answer.status} ${answer.text}`}`);
    return false;
  }
}

/** The answer, or why there was none. */
async function tried(ask: () => Promise<Answer | undefined>): Promise<Answer | string> {
  try {
    return (await ask()) ?? 'nobody was asked';
  } catch (error) {
    return String(error);
  }
}
