// Owns: clients that ask without a pause until the server says goodbye, and what it had acknowledged to them by then.
// Does not own: when the server is told to end, or what must be true afterwards.
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { PlainBrowser } from '../person/plain-browser.js';
import { basic, type Outside, REDIRECT_URI, type RegisteredClient, type Tokens } from './outside-client.js';

interface Reply {
  readonly status: number;
  readonly json: Readonly<Record<string, unknown>>;
}

/** One kept-alive connection. After the answer that the server calls the last on it (RFC 9112 §9.6) nothing is sent. */
class Line {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  last = false;

  post(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const asking = request(url, { method: 'POST', agent: this.#agent, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          this.last = response.headers.connection === 'close';
          const text = Buffer.concat(chunks).toString('utf8');
          const json: unknown = text === '' ? {} : JSON.parse(text);
          resolve({ status: response.statusCode ?? 0, json: Object(json) as Reply['json'] });
        });
      });
      asking.on('error', reject).end(body);
    });
  }

  end(): void {
    this.#agent.destroy();
  }
}

/** Asks once; false when it has nothing left to ask. */
type Step = (line: Line) => Promise<boolean>;

const KINDS = ['refresh', 'redeem', 'note', 'revoke', 'machine'] as const;
type Kind = (typeof KINDS)[number];
const ENOUGH = 8;
const PATIENCE_MS = 120_000;
const CODES = 40;
const TOKENS_TO_REVOKE = 80;

export class Load {
  /** The newest refresh token of each grant. */
  readonly refreshTokens = new Map<string, string>();
  readonly notes: string[] = [];
  readonly revoked: string[] = [];
  /** How many answers each kind of worker got. */
  readonly answered: Record<Kind, number> = { refresh: 0, redeem: 0, note: 0, revoke: 0, machine: 0 };
  /** Errors of accepted connections, and answers that were none. */
  readonly broken: string[] = [];
  #over = false;
  #running: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly outside: Outside,
    readonly person: RegisteredClient,
    readonly machine: RegisteredClient,
    private readonly codes: { code: string; verifier: string }[],
    private readonly toRevoke: string[],
    private readonly sessions: readonly Tokens[],
  ) {}

  static async prepare(outside: Outside): Promise<Load> {
    const person = await outside.createClient();
    const metadata = { grant_types: ['client_credentials'], redirect_uris: [], scope: 'notes:read' };
    const machine = await outside.createClient(metadata);
    const sessions: Tokens[] = [];
    for (let n = 0; n < 4; n++) sessions.push(await outside.logIn(person));
    const toRevoke: string[] = [];
    for (let n = 0; n < TOKENS_TO_REVOKE; n++) {
      const { json } = await outside.token(machine, { grant_type: 'client_credentials' });
      toRevoke.push(String(json['access_token']));
    }
    // Last: a code lives for a minute.
    const browser = new PlainBrowser(outside.bootstrap.issuer);
    const codes: { code: string; verifier: string }[] = [];
    for (let n = 0; n < CODES; n++) codes.push(await outside.authorize(person, { browser }));
    return new Load(outside, person, machine, codes, toRevoke, sessions);
  }

  /** Resolves in the middle of the load: each kind has been answered a few times, and the workers go on. */
  async run(): Promise<void> {
    const refreshing = this.sessions.map((session, n) => this.#refreshing(`session ${n}`, session.refresh_token));
    const steps: Step[] = [
      ...refreshing,
      ...Array.from({ length: 2 }, () => this.#redeeming()),
      ...Array.from({ length: 3 }, (_, n) => this.#writing(n)),
      ...Array.from({ length: 2 }, () => this.#revoking()),
      ...Array.from({ length: 6 }, () => this.#asking()),
    ];
    this.#running = Promise.all(steps.map((step) => this.#work(step)));
    const deadline = performance.now() + PATIENCE_MS;
    while (KINDS.some((kind) => this.answered[kind] < ENOUGH)) {
      if (performance.now() > deadline) throw new Error(`too few answers: ${JSON.stringify(this.answered)}`);
      await sleep(20);
    }
  }

  /** Resolves when every worker has been told goodbye or, where its server still runs, has got its last answer. */
  async end(): Promise<void> {
    this.#over = true;
    await this.#running;
  }

  async #work(step: Step): Promise<void> {
    const line = new Line();
    try {
      while (!this.#over && !line.last && (await step(line)));
    } catch (error) {
      this.broken.push(String(error));
    } finally {
      line.end();
    }
  }

  async #form(line: Line, path: string, client: RegisteredClient, parameters: Record<string, string>): Promise<Reply> {
    const headers = { authorization: basic(client), 'content-type': 'application/x-www-form-urlencoded' };
    const body = new URLSearchParams(parameters).toString();
    return line.post(`${this.outside.bootstrap.issuer}${path}`, headers, body);
  }

  #count(kind: Kind, reply: Reply, wanted: number): boolean {
    if (reply.status === wanted) this.answered[kind]++;
    else this.broken.push(`${kind}: ${reply.status} ${JSON.stringify(reply.json)}`);
    return reply.status === wanted;
  }

  #refreshing(grant: string, first: string): Step {
    this.refreshTokens.set(grant, first);
    return async (line) => {
      const parameters = { grant_type: 'refresh_token', refresh_token: this.refreshTokens.get(grant) ?? '' };
      const reply = await this.#form(line, '/token', this.person, parameters);
      if (!this.#count('refresh', reply, 200)) return false;
      this.refreshTokens.set(grant, String(reply.json['refresh_token']));
      return true;
    };
  }

  #redeeming(): Step {
    return async (line) => {
      const next = this.codes.pop();
      if (next === undefined) return false;
      const { code, verifier } = next;
      const parameters = {
        grant_type: 'authorization_code',
        code,
        code_verifier: verifier,
        redirect_uri: REDIRECT_URI,
      };
      const reply = await this.#form(line, '/token', this.person, parameters);
      if (this.#count('redeem', reply, 200)) this.refreshTokens.set(code, String(reply.json['refresh_token']));
      // Spread over the whole load: the codes must not be used up before the server is told to end.
      await sleep(20);
      return true;
    };
  }

  #writing(worker: number): Step {
    let n = 0;
    const authorization = `Bearer ${this.sessions[worker]?.access_token ?? ''}`;
    return async (line) => {
      const text = `note ${worker}.${n++}.`;
      const headers = { authorization, 'content-type': 'application/json' };
      const reply = await line.post(`${this.outside.bootstrap.api_url}/notes`, headers, JSON.stringify({ text }));
      if (this.#count('note', reply, 201)) this.notes.push(text);
      await sleep(5);
      return true;
    };
  }

  #revoking(): Step {
    return async (line) => {
      const token = this.toRevoke.pop();
      if (token === undefined) return false;
      const reply = await this.#form(line, '/revoke', this.machine, { token });
      if (this.#count('revoke', reply, 200)) this.revoked.push(token);
      await sleep(10);
      return true;
    };
  }

  #asking(): Step {
    return async (line) => {
      this.#count('machine', await this.#form(line, '/token', this.machine, { grant_type: 'client_credentials' }), 200);
      return true;
    };
  }
}
