/**
 * Owns the one door through which this service speaks to addresses that clients name (their keys, their log-out): https, no redirects,
 * public addresses, so many bytes, so long, so many at once. Does not own what is asked, nor what an answer means.
 */
import { Busy, WorkSlots } from '../interaction/work-slots.js';
import { exchange, type Exchange, type Exchanged } from './exchange.js';
import { freshnessOf } from './freshness.js';
import { OutboundFailed, OutboundRefused } from './outbound-errors.js';
import { ReachableAddresses } from './reachable-addresses.js';
import { type ResolveHost, resolveHost } from './resolve-host.js';

export { OutboundFailed, OutboundRefused } from './outbound-errors.js';

export interface OutboundParts {
  /** OUTBOUND_ALLOW: addresses and CIDR blocks that may be reached though they are not public, and by plain http too. */
  readonly allow?: string | undefined;
  /** In place of DNS. */
  readonly resolve?: ResolveHost;
  /** PEM, in place of the certification authorities that this process knows. */
  readonly ca?: string;
  /** At once, over all hosts. */
  readonly atOnce?: number;
  /** At once to one host: one that is slow holds up itself. */
  readonly atOncePerHost?: number;
}

export interface OutboundAnswer {
  /** 200 to 299, or 400 and more: a redirect is no answer. */
  readonly status: number;
  /** In lower case, without parameters; empty if none was named. */
  readonly contentType: string;
  readonly body: Buffer;
  /** RFC 9111 §5.2.2.1, less what it has aged; 0: it must not be kept. Undefined where it says nothing. */
  readonly maxAgeSeconds?: number;
}

const AT_ONCE = 32;
const AT_ONCE_PER_HOST = 4;
const QUEUE = { queueLength: 512, queueWaitMs: 5000 };

export class Outbound {
  readonly #reachable: ReachableAddresses;
  readonly #slots: WorkSlots;
  readonly #hosts = new Map<string, { readonly slots: WorkSlots; users: number }>();

  constructor(private readonly parts: OutboundParts = {}) {
    this.#reachable = new ReachableAddresses(parts.allow);
    this.#slots = new WorkSlots({ concurrency: parts.atOnce ?? AT_ONCE, ...QUEUE });
  }

  /**
   * Of a representation that is not compressed.
   * @param limits of the body in bytes; of the whole, from the name of the host to the last octet, in milliseconds (what it waits for
   * its turn, 5 s at most, comes before)
   * @throws OutboundRefused; OutboundFailed
   */
  async get(
    url: string,
    limits: { readonly maxBytes: number; readonly timeoutMs: number; readonly accept: string },
  ): Promise<OutboundAnswer> {
    const { maxBytes, timeoutMs, accept } = limits;
    const { status, headers, body } = await this.send(url, timeoutMs, { method: 'GET', headers: { accept }, maxBytes });
    const maxAgeSeconds = freshnessOf(headers);
    return {
      ...{ status, body, contentType: (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '' },
      ...(maxAgeSeconds === undefined ? {} : { maxAgeSeconds }),
    };
  }

  /**
   * Sends a form; of the answer nothing but its status is read.
   * @throws OutboundRefused; OutboundFailed
   */
  async postForm(
    url: string,
    form: Readonly<Record<string, string>>,
    { timeoutMs }: { readonly timeoutMs: number },
  ): Promise<{ readonly status: number }> {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const body = new URLSearchParams(form).toString();
    const { status } = await this.send(url, timeoutMs, { method: 'POST', headers, body });
    return { status };
  }

  private async send(
    text: string,
    timeoutMs: number,
    order: Pick<Exchange, 'method' | 'headers' | 'body' | 'maxBytes'>,
  ): Promise<Exchanged> {
    // 1. May it be asked at all?
    const url = urlOf(text);

    return this.inTurn(url.host, async () => {
      // 2. What are its addresses, and is each of them one that we speak to?
      const signal = AbortSignal.timeout(timeoutMs);
      const addresses = await this.judged(url, signal);

      // 3. The exchange, with these addresses and no others.
      const { body = '', headers } = order;
      const length = order.method === 'POST' ? { 'content-length': String(Buffer.byteLength(body)) } : {};
      return exchange({
        ...{ ...order, url, addresses, signal },
        headers: {
          ...headers,
          ...length,
          'accept-encoding': 'identity',
          'user-agent': 'latchkey',
          connection: 'close',
        },
        ...(this.parts.ca === undefined ? {} : { ca: this.parts.ca }),
      });
    });
  }

  /** @throws OutboundRefused if any of them is refused: of a host that has such a one we know not which is meant; OutboundFailed */
  private async judged(url: URL, signal: AbortSignal): Promise<readonly string[]> {
    const { resolve = resolveHost } = this.parts;
    const addresses = await inTime(resolve(url.hostname, signal), signal);
    if (addresses.length === 0) throw new OutboundFailed(`${url.hostname} has no address`);
    const judged = addresses.map((address) => this.#reachable.judge(address));
    if (judged.includes('refused')) {
      throw new OutboundRefused(
        `${url.hostname} has an address that is not public, and that OUTBOUND_ALLOW does not name`,
      );
    }
    if (url.protocol === 'http:' && judged.some((verdict) => verdict !== 'allowed')) {
      throw new OutboundRefused('plain http goes to addresses that OUTBOUND_ALLOW names, and to no others');
    }
    return addresses;
  }

  /** @throws OutboundFailed when too many wait */
  private async inTurn<Result>(host: string, work: () => Promise<Result>): Promise<Result> {
    const concurrency = this.parts.atOncePerHost ?? AT_ONCE_PER_HOST;
    const own = this.#hosts.get(host) ?? { slots: new WorkSlots({ concurrency, ...QUEUE }), users: 0 };
    this.#hosts.set(host, own);
    own.users += 1;
    try {
      return await own.slots.run(() => this.#slots.run(work));
    } catch (error) {
      throw error instanceof Busy ? new OutboundFailed('too many requests to outside are waiting') : error;
    } finally {
      own.users -= 1;
      if (own.users === 0) this.#hosts.delete(host);
    }
  }
}

/** @throws OutboundRefused */
function urlOf(text: string): URL {
  if (!URL.canParse(text)) throw new OutboundRefused('it is no URL');
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new OutboundRefused('it is neither https nor http');
  if (url.username !== '' || url.password !== '') throw new OutboundRefused('it holds a user name or password');
  url.hash = '';
  return url;
}

/** @throws OutboundFailed; whatever the promise rejects with */
function inTime<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const late = (): void => {
      reject(new OutboundFailed('it took too long'));
    };
    signal.addEventListener('abort', late, { once: true });
    promise.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', late);
    });
  });
}
