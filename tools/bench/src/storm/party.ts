/**
 * Owns what one client goes through with the one grant that it has: a storm, lost answers, perhaps a thief; and whether all of
 * it came out right. Does not own when each of it happens (run).
 */
import type { RegisteredClient } from '@latchkey/stack';
import type { Refreshing } from './refreshing.js';

/** `old`: somebody uses the first token. `newest`: somebody is faster than the client with its newest, and the client comes later. */
export type Theft = 'none' | 'old' | 'newest';

/** How often a client whose answer was lost asks again; once is enough where the server is well. */
const RETRIES = 5;

export class Party {
  /** It used what it had as it should, and was told that it may not. */
  loggedOut = false;
  /** A token came back that is no successor of what was shown, or two. */
  astray = false;
  /** Somebody used a stolen token, and both go on. */
  unnoticed = false;
  /** How often its line has gone on. */
  successions = 0;
  /** From the first to the last answer of its storm, in milliseconds. */
  stormMs = 0;
  #newest: string;
  #stolen: string | undefined;

  constructor(
    readonly client: RegisteredClient,
    readonly theft: Theft,
    private readonly first: string,
    private readonly refreshing: Refreshing,
  ) {
    this.#newest = first;
  }

  /** Its tabs all wake up at once with one token: each is answered, with one and the same successor. */
  async storm(uses: number): Promise<void> {
    const began = performance.now();
    const answers = await this.refreshing.useAtOnce(this.client, this.#newest, uses);
    this.stormMs = performance.now() - began;
    if (answers.some(({ status }) => status === 400 || status === 401)) this.loggedOut = true;
    this.#goOn(new Set(answers.flatMap(({ successor }) => (successor === undefined ? [] : [successor]))));
  }

  /** Not one answer arrives; it asks again with what it has. */
  async losesAnswers(uses: number): Promise<void> {
    const shown = this.#newest;
    await this.refreshing.loseAtOnce(this.client, shown, uses);
    const successors = new Set<string>();
    for (let attempt = 0; attempt < RETRIES && successors.size === 0; attempt += 1) {
      const { status, successor } = await this.refreshing.use(this.client, shown);
      if (successor !== undefined) successors.add(successor);
      if (status === 400 || status === 401) this.loggedOut = true;
    }
    this.#goOn(successors);
    await this.goesOn();
  }

  /** An ordinary use. */
  async goesOn(): Promise<void> {
    const { successor, status } = await this.refreshing.use(this.client, this.#newest);
    if (status === 400 || status === 401) this.loggedOut = true;
    this.#goOn(new Set(successor === undefined ? [] : [successor]));
  }

  /** Long after the last use: the first token comes back, many times at once. Then its owner must be told, too. */
  async isRobbedOfAnOldToken(uses: number): Promise<void> {
    const theft = await this.refreshing.useAtOnce(this.client, this.first, uses);
    const owner = await this.refreshing.use(this.client, this.#newest);
    if (theft.some(({ status }) => status === 200) || owner.status === 200) this.unnoticed = true;
  }

  /** Somebody uses its newest token before it does. Nobody can tell yet. */
  async isRobbedOfTheNewest(): Promise<void> {
    const { successor } = await this.refreshing.use(this.client, this.#newest);
    this.#stolen = successor;
    this.successions += 1;
  }

  /** Its owner comes with what it has, later than a retry would: then neither goes on. */
  async findsOut(): Promise<void> {
    const owner = await this.refreshing.use(this.client, this.#newest);
    const thief = this.#stolen === undefined ? owner : await this.refreshing.use(this.client, this.#stolen);
    if (owner.status === 200 || thief.status === 200) this.unnoticed = true;
  }

  #goOn(successors: ReadonlySet<string>): void {
    const [successor] = successors;
    if (successors.size !== 1 || successor === undefined || successor === this.#newest) this.astray = true;
    if (successor === undefined) return;
    this.#newest = successor;
    this.successions += 1;
  }
}
