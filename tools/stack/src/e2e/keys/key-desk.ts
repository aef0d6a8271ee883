// Owns: an operator at `/admin/v1/keys` of one auth-service. Does not own: what must be true of the answers.
import { type Answer, type Outside, send } from '../outside-client.js';
import { until } from './until.js';

/** As much of a key as is looked at. */
export interface ShownKey {
  readonly kid: string;
  readonly algorithm: string;
  readonly state: string;
  /** Seconds since 1970; null as long as it has not signed. */
  readonly active_at: number | null;
}

export class KeyDesk {
  constructor(private readonly outside: Outside) {}

  /** Oldest first, all pages. */
  async list(): Promise<readonly ShownKey[]> {
    const keys: ShownKey[] = [];
    for (let after = ''; ;) {
      const answer = await this.#ask('GET', `?limit=200${after === '' ? '' : `&after=${encodeURIComponent(after)}`}`);
      keys.push(...(answer.json['items'] as readonly ShownKey[]));
      const next = answer.json['next'];
      if (typeof next !== 'string') return keys;
      after = next;
    }
  }

  /** The successors: one of each algorithm. */
  async rotate(): Promise<readonly ShownKey[]> {
    return (await this.#ask('POST', '/rotate')).json['successors'] as readonly ShownKey[];
  }

  /** Resolves when all of them have begun to sign. */
  async untilActive(kids: readonly string[]): Promise<void> {
    await until('the new keys are active', async () => {
      const begun = (await this.list()).filter(({ kid, active_at: since }) => kids.includes(kid) && since !== null);
      return begun.length === kids.length;
    });
  }

  /** With a token of its own for each request: the one before may have been signed with a key that is dead. */
  async #ask(method: string, path: string): Promise<Answer> {
    const headers = { authorization: `Bearer ${await this.outside.adminToken()}` };
    const answer = await send(`${this.outside.bootstrap.admin_url}/admin/v1/keys${path}`, { method, headers });
    if (answer.status !== 200)
      throw new Error(`${method} /admin/v1/keys${path} answered ${answer.status}: ${answer.text}`);
    return answer;
  }
}
