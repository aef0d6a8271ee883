/**
 * Owns how the name of a host becomes addresses: by DNS alone, so that a slow name server holds up no thread that hashes passwords. Does
 * not own which of them may be spoken to (reachable-addresses).
 */
import { Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import { OutboundFailed } from './outbound-errors.js';

/** Every address of this host, as text. @throws OutboundFailed when it has none, or nobody says in time */
export type ResolveHost = (host: string, signal: AbortSignal) => Promise<readonly string[]>;

const LOOPBACK = ['127.0.0.1', '::1'];

/** @param host as `URL.hostname` writes it: in lower case, an IPv6 address in brackets, an IPv4 address of whatever spelling in dots */
export const resolveHost: ResolveHost = async (host, signal) => {
  const literal = host.startsWith('[') ? host.slice(1, -1) : host;
  if (isIP(literal) !== 0) return [literal];
  // RFC 6761 §6.3: "Name resolution APIs and libraries SHOULD recognize localhost names as special and SHOULD always return the IP
  // loopback address".
  if (/^(?:.+\.)?localhost\.?$/.test(host)) return LOOPBACK;
  return ask(host, signal);
};

async function ask(host: string, signal: AbortSignal): Promise<readonly string[]> {
  const resolver = new Resolver({ timeout: 2000, tries: 2 });
  const cancel = (): void => {
    resolver.cancel();
  };
  signal.addEventListener('abort', cancel, { once: true });
  try {
    const answers = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
    const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    if (addresses.length > 0) return addresses;
    throw new OutboundFailed(`${host} has no address`, { cause: answers.find(isRejected)?.reason });
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

const isRejected = (answer: PromiseSettledResult<unknown>): answer is PromiseRejectedResult =>
  answer.status === 'rejected';
