/**
 * Owns one connection to Redis that answers within a time or is thrown away. Both ends of the feed use it.
 * Does not own any command, nor when to try again: that is the caller's.
 */
import { createClient, ErrorReply } from 'redis';
import { answerInTime } from './answer-in-time.js';

export interface RedisConnectionOptions {
  readonly url: string;
  /** How long to wait for a connection, and for the answer to a command. */
  readonly timeoutMs: number;
  /** Asks Redis to tell what is written meanwhile. It needs RESP 3 and CLIENT TRACKING: TellingRefused where the latter is refused. */
  readonly changes?: KeyChanges;
}

/** Redis tells of a write, the end and the removal of each key before it answers any command that it takes up later. */
export interface KeyChanges {
  readonly prefix: string;
  /** @param key undefined: whichever, since this connection is new, or Redis was emptied */
  heard(key: string | undefined): void;
}

/** To somebody who may not ask it to tell, or by a Redis that does not know how. The message, for the log, ends with its words. */
export class TellingRefused extends Error {
  override readonly name = 'TellingRefused';
}

const isRefusal = (error: unknown): error is ErrorReply =>
  error instanceof ErrorReply && /^(?:NOPERM|NOPROTO|ERR unknown)/.test(error.message);

/** With HELLO, the client names a user only beside a password. One that needs none is let in by any. */
const withPassword = (url: string): string => {
  const parts = new URL(url);
  if (parts.username !== '' && parts.password === '') parts.password = 'any';
  return parts.href;
};

// No reconnecting and no queue while there is no connection: a command that could be carried out later, in another life
// of Redis, would break the argument of revocation.md V7. RESP 2 needs no HELLO, and the rest no CLIENT command: a reader's user may send neither.
const clientOf = ({ url, timeoutMs, changes }: RedisConnectionOptions) =>
  createClient({
    url: changes === undefined ? url : withPassword(url),
    RESP: changes === undefined ? 2 : 3,
    emitInvalidate: changes !== undefined,
    disableOfflineQueue: true,
    disableClientInfo: true,
    maintNotifications: 'disabled',
    // How long an answer may take is counted here (answerInTime): the client would begin a clock for each command beside it.
    commandOptions: { timeout: 0 },
    socket: { connectTimeout: timeoutMs, reconnectStrategy: false, noDelay: true },
  });

type Client = ReturnType<typeof clientOf>;

export class RedisConnection {
  readonly #options: RedisConnectionOptions;
  #client: Promise<Client> | undefined;
  #destroy: (() => void) | undefined;

  constructor(options: RedisConnectionOptions) {
    this.#options = options;
  }

  /**
   * Sends one command, connecting first if need be. Rejects with Redis's error, or when no answer came in time (plus
   * `blockMs`, for a command that blocks): then the connection is gone and the next command makes another.
   */
  async send(command: readonly string[], blockMs = 0): Promise<unknown> {
    const client = await this.#within(this.#connected(), 0);
    return this.#within(client.sendCommand([...command]), blockMs);
  }

  /** Closes at once, whatever is under way; what waits for an answer rejects. */
  destroy(): void {
    this.#destroy?.();
    this.#destroy = undefined;
    this.#client = undefined;
  }

  #connected(): Promise<Client> {
    if (this.#client !== undefined) return this.#client;
    const client = clientOf(this.#options);
    const destroy = () => {
      if (client.isOpen) client.destroy();
    };
    const gone = () => {
      if (this.#destroy === destroy) this.destroy();
    };
    // Errors reach whoever waits for an answer.
    client.on('error', gone);
    client.on('end', gone);
    this.#destroy = destroy;
    // Given up while it was connecting: the client thinks that it is closed, and has a socket all the same.
    const destroyIfGivenUp = () => {
      if (this.#destroy !== destroy) client.destroy();
    };
    this.#client = this.#open(client).then(
      () => {
        destroyIfGivenUp();
        return client;
      },
      (error: unknown) => {
        gone();
        destroyIfGivenUp();
        throw error;
      },
    );
    return this.#client;
  }

  async #open(client: Client): Promise<void> {
    const { changes } = this.#options;
    if (changes === undefined) {
      await client.connect();
      return;
    }
    client.on('invalidate', (key: Buffer | string | null) => {
      changes.heard(key?.toString());
    });
    try {
      await client.connect();
      // The client has asked to hear of what it reads itself; Redis changes from that to a prefix by way of OFF alone.
      await client.sendCommand(['CLIENT', 'TRACKING', 'OFF']);
      await client.sendCommand(['CLIENT', 'TRACKING', 'ON', 'BCAST', 'PREFIX', changes.prefix]);
    } catch (error) {
      throw isRefusal(error)
        ? new TellingRefused(`Redis tells of no change, and is walked instead: ${error.message}`)
        : error;
    }
    changes.heard(undefined);
  }

  #within<Answer>(answer: Promise<Answer>, blockMs: number): Promise<Answer> {
    return answerInTime(answer, this.#options.timeoutMs + blockMs, () => {
      this.destroy();
    });
  }
}
