/** Owns one operator who asks the admin API of one installation, and how long each answer takes. Does not own what is asked. */
import { Agent } from 'node:http';
import type { Fleet } from '@latchkey/stack';
import { askOn, type Answered, type Question } from '../ask-on.js';

export interface Timed extends Answered {
  readonly milliseconds: number;
}

export class AdminApi {
  readonly #agent: Agent;

  private constructor(
    private readonly adminUrl: string,
    private readonly token: string,
    /** How many connections are kept open, and so how many requests are answered at once. */
    readonly connections: number,
  ) {
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  static async of(fleet: Fleet, connections: number): Promise<AdminApi> {
    const [auth] = fleet.auths;
    if (auth === undefined) throw new Error('An auth-service is needed.');
    return new AdminApi(auth.bootstrap.admin_url, await auth.adminToken(), connections);
  }

  /** @param path from /admin on. @throws Error for any other status than the wanted ones */
  async ask(path: string, wanted: readonly number[], { headers, ...question }: Partial<Question> = {}): Promise<Timed> {
    const asked = performance.now();
    const answered = await askOn(this.#agent, `${this.adminUrl}${path}`, {
      ...question,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(question.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
    });
    const milliseconds = performance.now() - asked;
    if (wanted.includes(answered.status)) return { ...answered, milliseconds };
    throw new Error(`${question.method ?? 'GET'} ${path} was answered ${answered.status}: ${answered.body}`);
  }

  end(): void {
    this.#agent.destroy();
  }
}
