/**
 * Owns the sending of one request and the reading of its answer: address, headers, token, problem. Does not own which
 * requests there are (operations), nor where tokens come from.
 */
import { AdminProblem } from './admin-problem.js';

/** Where access tokens come from: `clientCredentials`, or anything else. */
export interface TokenSource {
  token(): Promise<string>;
  /** It was answered with 401: whatever else is given next is tried once. */
  refused?(token: string): void;
}

export interface AdminClientOptions {
  /** Of the admin port: `http://localhost:4001`. */
  readonly adminUrl: string;
  readonly tokens: TokenSource;
  /** In place of the global one: for a proxy, a certificate authority, a time limit. */
  readonly fetch?: typeof fetch;
}

/** What every operation takes. */
export interface RequestOptions {
  readonly signal?: AbortSignal;
}

export interface Answered<T> {
  readonly resource: T;
  readonly status: number;
  /** To be sent as `ifMatch`. */
  readonly etag: string | undefined;
  /** Where the new resource stands: a path. */
  readonly location: string | undefined;
  readonly headers: Headers;
}

/** An operation as it is sent. */
export interface Route<T> {
  readonly method: string;
  readonly path: string;
  /** The names of the parameters that stand in the query. */
  readonly query: readonly string[];
  readonly bodyType?: string;
  /** Never there: it carries the type of the answer. */
  readonly answer?: T;
}

/** An operation's input as the sender sees it. */
interface Input extends RequestOptions {
  readonly body?: unknown;
  readonly waitSeconds?: number;
  readonly idempotencyKey?: string;
  readonly ifMatch?: string;
}

export class Sender {
  readonly #options: AdminClientOptions;

  constructor(options: AdminClientOptions) {
    this.#options = options;
  }

  /** @throws AdminProblem for any answer that is not 2xx; TypeError when nothing answers; whatever the token source throws */
  async send<T>(route: Route<T>, input: Input): Promise<Answered<T>> {
    const { tokens } = this.#options;
    const token = await tokens.token();
    let response = await this.#ask(route, input, token);
    if (response.status === 401 && tokens.refused !== undefined) {
      // It may have been revoked or have run out on the way. A 401 had no effect, so that it may be asked once more.
      tokens.refused(token);
      const next = await tokens.token();
      if (next !== token) {
        await response.body?.cancel();
        response = await this.#ask(route, input, next);
      }
    }
    if (!response.ok) throw await AdminProblem.of(response);
    const { status, headers } = response;
    const [etag, location] = [headers.get('etag') ?? undefined, headers.get('location') ?? undefined];
    // The server holds its answers against the document that T was made from.
    return { resource: (await response.json()) as T, status, etag, location, headers };
  }

  #ask(route: Route<unknown>, input: Input, token: string): Promise<Response> {
    const { adminUrl, fetch: send = fetch } = this.#options;
    return send(`${adminUrl.replace(/\/$/, '')}${addressOf(route, new Map(Object.entries(input)))}`, {
      method: route.method,
      headers: { ...headersOf(route, input), authorization: `Bearer ${token}` },
      ...(input.body === undefined ? {} : { body: JSON.stringify(input.body) }),
      ...(input.signal === undefined ? {} : { signal: input.signal }),
      // A token is for this server alone.
      redirect: 'error',
    });
  }
}

function addressOf({ path, query }: Route<unknown>, input: ReadonlyMap<string, unknown>): string {
  const named = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(textOf(input.get(name))));
  const search = new URLSearchParams();
  for (const name of query) {
    const value = input.get(name);
    if (value !== undefined) search.set(name, textOf(value));
  }
  return search.size === 0 ? named : `${named}?${search.toString()}`;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

const headersOf = ({ bodyType }: Route<unknown>, input: Input): Record<string, string> => ({
  accept: 'application/json',
  ...(input.body === undefined ? {} : { 'content-type': bodyType ?? 'application/json' }),
  ...(input.waitSeconds === undefined ? {} : { prefer: `wait=${input.waitSeconds}` }),
  ...(input.idempotencyKey === undefined ? {} : { 'idempotency-key': structured(input.idempotencyKey) }),
  ...(input.ifMatch === undefined ? {} : { 'if-match': input.ifMatch }),
});

/** RFC 9651 §3.3.3: a String. */
const structured = (text: string): string => `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
