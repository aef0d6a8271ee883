/**
 * Owns the ephemeral port on Redis: six verbs, each one command, and a connection that comes back by itself. A Redis that
 * does not answer is `Unavailable` soon, never a wait. Does not own keys: callers digest what is secret in them, and no
 * key or value is ever logged from here.
 */
import { Unavailable, type Ephemeral } from '@latchkey/protocol';
import { answerInTime } from '@latchkey/tokens/redis';
import { createClient } from 'redis';

export type RedisEphemeralEvent =
  { readonly type: 'connected' } | { readonly type: 'disconnected'; readonly error: unknown };

export interface RedisEphemeralOptions {
  /** redis:// or rediss:// */
  readonly url: string;
  /** How long an answer may take before the caller hears Unavailable. Default 1000. */
  readonly timeoutMs?: number;
  /** Once for each change, not for each attempt. */
  readonly onEvent?: (event: RedisEphemeralEvent) => void;
}

const PREFIX = 'latchkey:';
const MAX_BACKOFF_MS = 1000;

/** The counter's life starts with its first count, and no later count prolongs it. */
const COUNT = `local count = redis.call('INCR', KEYS[1])
redis.call('PEXPIRE', KEYS[1], ARGV[1], 'NX')
return {count, redis.call('PTTL', KEYS[1])}`;

const UNCOUNT = `local count = tonumber(redis.call('GET', KEYS[1]) or 0)
if count > 1 then redis.call('DECR', KEYS[1]) else redis.call('DEL', KEYS[1]) end`;

const newClient = (url: string, timeoutMs: number) =>
  createClient({
    url,
    RESP: 2,
    disableOfflineQueue: true,
    disableClientInfo: true,
    maintNotifications: 'disabled',
    // How long an answer may take is counted here (answerInTime): the client would begin a clock for each command beside it.
    commandOptions: { timeout: 0 },
    // Beyond this many unanswered commands Redis is as good as dead.
    commandsQueueMaxLength: 10_000,
    socket: {
      connectTimeout: timeoutMs,
      noDelay: true,
      reconnectStrategy: (retries) =>
        Math.min(MAX_BACKOFF_MS, 25 * 2 ** Math.min(retries, 6)) * (0.5 + Math.random() / 2),
    },
  });

type Client = ReturnType<typeof newClient>;

const key = (name: string): string => PREFIX + name;
const milliseconds = (seconds: number): number => Math.max(1, Math.ceil(seconds * 1000));

export class RedisEphemeral implements Ephemeral {
  readonly #url: string;
  readonly #timeoutMs: number;
  readonly #onEvent: (event: RedisEphemeralEvent) => void;
  #client: Client;
  /** Settles when the first attempt to connect has ended, well or not: so that a start is not an outage. */
  #firstAttempt: Promise<void>;
  #connected: boolean | undefined;
  #closed = false;

  /** Starts to connect; does not wait. */
  constructor({ url, timeoutMs = 1000, onEvent = () => undefined }: RedisEphemeralOptions) {
    this.#url = url;
    this.#timeoutMs = timeoutMs;
    this.#onEvent = onEvent;
    [this.#client, this.#firstAttempt] = this.#open();
  }

  async put(name: string, value: string, lifetimeSeconds: number): Promise<void> {
    const expiration = { type: 'PX', value: milliseconds(lifetimeSeconds) } as const;
    await this.#ask((client) => client.set(key(name), value, { expiration }));
  }

  async get(name: string): Promise<string | undefined> {
    return (await this.#ask((client) => client.get(key(name)))) ?? undefined;
  }

  async take(name: string): Promise<string | undefined> {
    return (await this.#ask((client) => client.getDel(key(name)))) ?? undefined;
  }

  async addOnce(name: string, lifetimeSeconds: number): Promise<'added' | 'present'> {
    const expiration = { type: 'PX', value: milliseconds(lifetimeSeconds) } as const;
    const reply = await this.#ask((client) => client.set(key(name), '1', { expiration, condition: 'NX' }));
    return reply === null ? 'present' : 'added';
  }

  async count(
    name: string,
    lifetimeSeconds: number,
  ): Promise<{ readonly count: number; readonly remainingSeconds: number }> {
    const options = { keys: [key(name)], arguments: [String(milliseconds(lifetimeSeconds))] };
    const reply = await this.#ask((client) => client.eval(COUNT, options));
    const [count, remaining] = Array.isArray(reply) ? reply.map(Number) : [];
    if (count === undefined || remaining === undefined) throw new Unavailable('Redis', new Error('unexpected answer'));
    return { count, remainingSeconds: Math.ceil(Math.max(0, remaining) / 1000) };
  }

  async uncount(name: string): Promise<void> {
    await this.#ask((client) => client.eval(UNCOUNT, { keys: [key(name)] }));
  }

  /** True when our user may administer Redis, which nothing here needs. @throws Unavailable */
  async mayAdminister(): Promise<boolean> {
    try {
      await this.#ask((client) => client.sendCommand(['ACL', 'GETUSER', 'default']));
      return true;
    } catch (error) {
      if (error instanceof Unavailable && error.cause instanceof Error && error.cause.message.startsWith('NOPERM')) {
        return false;
      }
      throw error;
    }
  }

  /** Closes at once; what waits for an answer hears Unavailable. */
  close(): Promise<void> {
    this.#closed = true;
    destroy(this.#client);
    return Promise.resolve();
  }

  #open(): [Client, Promise<void>] {
    const client = newClient(this.#url, this.#timeoutMs);
    const firstAttempt = new Promise<void>((resolve) => {
      client.on('ready', () => {
        this.#changed(true);
        resolve();
      });
      client.on('error', (error: unknown) => {
        this.#changed(false, error);
        resolve();
      });
    });
    // Rejects only when closed: the strategy above never gives up.
    client.connect().catch(() => undefined);
    return [client, firstAttempt];
  }

  #changed(connected: boolean, error?: unknown): void {
    if (this.#closed || this.#connected === connected) return;
    this.#connected = connected;
    this.#onEvent(connected ? { type: 'connected' } : { type: 'disconnected', error });
  }

  async #ask<Answer>(command: (client: Client) => Promise<Answer>): Promise<Answer> {
    const client = this.#client;
    const answer = this.#firstAttempt.then(() => command(client));
    try {
      return await answerInTime(answer, this.#timeoutMs, () => {
        this.#replace(client);
      });
    } catch (error) {
      throw new Unavailable('Redis', error);
    }
  }

  /** A connection that is silent may be silent for ever, although both ends believe in it. */
  #replace(client: Client): void {
    if (this.#closed || this.#client !== client) return;
    this.#changed(false, new Error('Redis is silent.'));
    [this.#client, this.#firstAttempt] = this.#open();
    destroy(client);
  }
}

const destroy = (client: Client): void => {
  if (client.isOpen) client.destroy();
};
