// Owns: the constant load: API requests to every guard and revocations to whichever auth-service is least busy, each at its own
// pace whatever happens to the answers. Does not own: what is right (the judge), where tokens come from (the stock).
import { basic, readToken } from '@latchkey/stack';
import type { Chance } from './chance.js';
import type { FenceWatch } from './fence-watch.js';
import { leastBusy } from './least-busy.js';
import { Pace } from './pace.js';
import type { Service } from './service.js';
import type { Revocable, Stock } from './stock.js';
import type { GuardAnswer, Witness } from './witness.js';
import type { World } from './world.js';

export interface LoadFigures {
  /** Requests to the API, by what the guards answered. */
  readonly answers: Record<GuardAnswer, number>;
  /** Requests with a token that nobody ever revoked and that were refused all the same. */
  goodRefused: number;
  /** The keys of which a guard admitted a token: they are rotated all the time. */
  readonly keys: Set<string>;
  /** Requests to /revoke; those that were answered 200; those whose connection died or that were answered otherwise. */
  attempted: number;
  acknowledged: number;
  unacknowledged: number;
}

const REVOCATIONS_PER_SECOND = 60;
const REQUESTS_PER_SECOND_AND_GUARD = 60;
/** A guard that owes this many answers is asked less often, so that what is asked late in its silence is asked at all. */
const OWED = 60;
const OWED_AT_MOST = 400;
const PACE_WHEN_OWED = 0.4;
/** The newest acknowledgements: the bound of most of them passes while they are among these. */
const LATELY = 900;
const RETRY_MS = 400;

export class Load {
  readonly figures: LoadFigures = {
    answers: { admitted: 0, 'admitted-in-vain': 0, refused: 0, 'cannot-tell': 0, unanswered: 0, unexpected: 0 },
    ...{ goodRefused: 0, keys: new Set(), attempted: 0, acknowledged: 0, unacknowledged: 0 },
  };
  readonly #paces: readonly Pace[];
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #again: { readonly revocable: Revocable; readonly at: number }[] = [];
  readonly #dead: string[] = [];
  readonly #awaited = new Map<Service, () => void>();

  constructor(
    private readonly world: World,
    private readonly stock: Stock,
    private readonly witness: Witness,
    private readonly fences: FenceWatch,
    private readonly chance: Chance,
  ) {
    const revoking = new Pace(REVOCATIONS_PER_SECOND, () => {
      this.#revokeOne();
    });
    const asking = world.guards.map(
      (guard) =>
        new Pace(REQUESTS_PER_SECOND_AND_GUARD, () => {
          this.#askOne(guard);
        }),
    );
    this.#paces = [revoking, ...asking];
  }

  start(): void {
    for (const pace of this.#paces) pace.start();
  }

  /** Resolves when every request has been answered or given up. */
  async stop(): Promise<void> {
    for (const pace of this.#paces) pace.stop();
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  /** Calls back, once, in the instant in which this service's next acknowledgement is read. */
  onNextAcknowledgement(auth: Service, callback: () => void): void {
    this.#awaited.set(auth, callback);
  }

  /** Tokens whose revocation was acknowledged, the newest last. */
  get dead(): readonly string[] {
    return this.#dead;
  }

  /** Never rejects; true when it was acknowledged. */
  async revoke(auth: Service, revocable: Revocable): Promise<boolean> {
    const { client, presented, dies } = revocable;
    const headers = { authorization: basic(client), 'content-type': 'application/x-www-form-urlencoded' };
    const body = new URLSearchParams({ token: presented }).toString();
    this.figures.attempted += 1;
    const reply = await auth.client.ask('/revoke', { method: 'POST', headers, body }).catch(() => undefined);
    if (reply?.status !== 200) {
      // Not known whether it happened; either is right, and a client would ask again.
      this.figures.unacknowledged += 1;
      this.#again.push({ revocable, at: performance.now() + RETRY_MS });
      return false;
    }
    this.witness.judge.acknowledge(dies, reply.receivedAt);
    this.figures.acknowledged += 1;
    this.#dead.push(...dies);
    const callback = this.#awaited.get(auth);
    this.#awaited.delete(auth);
    callback?.();
    return true;
  }

  #revokeOne(): void {
    const retried = this.#again.length > 0 && (this.#again[0]?.at ?? 0) <= performance.now() && this.chance.often(0.5);
    const revocable = retried ? this.#again.shift()?.revocable : this.stock.take();
    if (revocable !== undefined) this.#follow(this.revoke(leastBusy(this.world.auths, this.chance), revocable));
  }

  #askOne(guard: Service): void {
    const owed = guard.client.underWay;
    if (owed >= OWED_AT_MOST || (owed >= OWED && !this.chance.often(PACE_WHEN_OWED))) return;
    if (this.chance.often(0.25)) this.#follow(this.#askWithControl(guard));
    else if (this.chance.often(0.25)) this.#follow(this.#askWithFresh(guard));
    else {
      const token = this.#deadToken();
      if (token !== undefined) this.#follow(this.#ask(guard, token, this.chance.often(0.5)));
    }
  }

  #deadToken(): string | undefined {
    const among = this.chance.often(0.75) ? Math.min(LATELY, this.#dead.length) : this.#dead.length;
    return this.#dead[this.#dead.length - 1 - Math.floor(this.chance.next() * among)];
  }

  async #askWithControl(guard: Service): Promise<void> {
    const answer = await this.#ask(guard, this.chance.pick(this.stock.controls), false);
    if (answer === 'refused') this.figures.goodRefused += 1;
    if (answer === 'cannot-tell') this.fences.fenced(guard.name, performance.now());
    if (answer === 'admitted') this.fences.admitted(guard.name, performance.now());
  }

  /** Controls are as old as the run; these are of the keys of now, and good as long as nobody has taken them to revoke them. */
  async #askWithFresh(guard: Service): Promise<void> {
    const token = this.stock.look();
    if (token === undefined) return;
    const answer = await this.#ask(guard, token, this.chance.often(0.5));
    if (answer === 'refused' && this.stock.holds(token)) this.figures.goodRefused += 1;
    if (answer === 'admitted') this.figures.keys.add(readToken(token).kid);
  }

  async #ask(guard: Service, token: string, through: boolean): Promise<GuardAnswer> {
    const answer = await this.witness.ask(guard, token, through);
    this.figures.answers[answer] += 1;
    return answer;
  }

  #follow(work: Promise<unknown>): void {
    this.#underWay.add(work);
    void work.finally(() => this.#underWay.delete(work));
  }
}
