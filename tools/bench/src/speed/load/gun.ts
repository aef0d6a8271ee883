/** Owns the sending of one load and the taking of its times. Does not own the process that it happens in (child). */
import { percentile } from '../../percentiles.js';
import { Magazine } from './magazine.js';
import { Pace, TICK_MS } from './pace.js';
import type { Plan, Shot, Volley } from './plan.js';
import { Wire } from './wire.js';

/** How much of what went wrong is told. */
const MOST_WORDS = 5;
const WORD_CHARACTERS = 300;

/** What opens a connection, before anything is measured. Whatever is answered will do. */
const KNOCK: Shot = { method: 'GET', path: '/', headers: {}, body: '' };

/** Resolves when every connection is open. */
export async function connect(plan: Plan): Promise<readonly Wire[]> {
  const wires = Array.from(
    { length: plan.connections },
    (_, n) => new Wire(plan.origins[n % plan.origins.length] ?? ''),
  );
  await Promise.all(wires.map((wire) => wire.ask(KNOCK, false)));
  return wires;
}

/** Closes the connections in the end. */
export async function fire(plan: Plan, wires: readonly Wire[]): Promise<Volley> {
  try {
    return await new Gun(plan, wires).fire();
  } finally {
    for (const wire of wires) wire.close();
  }
}

class Gun {
  readonly #magazine: Magazine;
  readonly #took: number[] = [];
  readonly #words: string[] = [];
  #failures = 0;
  #sent = 0;
  #deadline = Number.POSITIVE_INFINITY;

  constructor(
    private readonly plan: Plan,
    private readonly wires: readonly Wire[],
  ) {
    this.#magazine = new Magazine(plan.ammunition, plan.connections);
  }

  async fire(): Promise<Volley> {
    const cpu = process.cpuUsage();
    const began = performance.now();
    if (this.plan.seconds !== undefined) this.#deadline = began + this.plan.seconds * 1000;
    const { ratePerSecond } = this.plan;
    const pace = ratePerSecond === undefined ? undefined : new Pace({ ratePerSecond, began, deadline: this.#deadline });
    await (pace === undefined ? this.#flatOut() : this.#paced(pace));
    const seconds = (performance.now() - began) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    return {
      requests: this.#took.length,
      seconds,
      p50: percentile(this.#took, 'p50'),
      p99: percentile(this.#took, 'p99'),
      ...(pace === undefined ? {} : { generatorLateP99: percentile(pace.late, 'p99') }),
      failures: this.#failures,
      words: this.#words,
      generatorCpuMicros: user + system,
    };
  }

  async #flatOut(): Promise<void> {
    await Promise.all(
      this.wires.map(async (wire, lane) => {
        for (let shot = this.#next(lane); shot !== undefined; shot = this.#next(lane)) {
          await this.#shoot({ wire, lane, shot, due: performance.now() });
        }
      }),
    );
  }

  /** Looks each millisecond at what has fallen due. Times run from then: no pause of the server is left out. */
  async #paced(pace: Pace): Promise<void> {
    const free = this.wires.map((wire, lane) => ({ wire, lane }));
    const due: number[] = [];
    let [underWay, over] = [0, false];
    await new Promise<void>((resolve, reject) => {
      const send = (): void => {
        while (!over && due.length > 0 && free.length > 0) {
          const [at, place] = [due.shift() ?? 0, free.shift()];
          if (place === undefined) return;
          const shot = this.#next(place.lane);
          if (shot === undefined) {
            over = true;
            break;
          }
          underWay += 1;
          this.#shoot({ ...place, shot, due: at }).then(() => {
            underWay -= 1;
            free.push(place);
            send();
          }, reject);
        }
        if (over && underWay === 0) resolve();
      };
      const tick = (): void => {
        const now = performance.now();
        due.push(...pace.since(now));
        if (now >= this.#deadline && due.length === 0) over = true;
        send();
        if (!over) setTimeout(tick, TICK_MS);
      };
      tick();
    });
  }

  #next(lane: number): Shot | undefined {
    const { requests = Number.POSITIVE_INFINITY, atLeast = 0, ratePerSecond } = this.plan;
    if (this.#sent >= requests) return undefined;
    // What was due before the end of a paced load is sent, however late: nothing that is slow is left out.
    if (ratePerSecond === undefined && this.#sent >= atLeast && performance.now() >= this.#deadline) return undefined;
    const shot = this.#magazine.next(lane);
    if (shot !== undefined) this.#sent += 1;
    return shot;
  }

  async #shoot({ wire, lane, shot, due }: { wire: Wire; lane: number; shot: Shot; due: number }): Promise<void> {
    const { status, body } = await wire.ask(shot, this.#magazine.reads);
    this.#took.push(performance.now() - due);
    if (status >= 200 && status < 300) {
      this.#magazine.answered(lane, body);
      return;
    }
    this.#failures += 1;
    this.#magazine.failed(lane);
    if (this.#words.length < MOST_WORDS) {
      this.#words.push(`${shot.method} ${shot.path} answered ${status}: ${body.slice(0, WORD_CHARACTERS)}`);
    }
  }
}
