/**
 * Owns the telling apart of a person who comes from a program that only looks: RFC 9110 §9.2.1 calls GET and HEAD safe, and
 * OpenID Connect RP-Initiated Logout 1.0 §2 ends a session by GET all the same. Does not own what a log-out does.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';

/**
 * Answers whoever asks by HEAD (405), or fetches before anybody has asked for the page (503: a browser that is refused a
 * prefetch asks again when the person really goes there). True when it has answered: then nothing else may happen.
 */
export async function refusedAsSpeculation(request: FastifyRequest, reply: FastifyReply): Promise<boolean> {
  const status = request.method === 'HEAD' ? 405 : isPrefetch(request) ? 503 : undefined;
  if (status === undefined) return false;
  await reply
    .status(status)
    .headers({ 'cache-control': 'no-store', ...(status === 405 ? { allow: 'GET, POST' } : {}) })
    .send();
  return true;
}

/** Fetch standard §2.2.5 `Sec-Purpose`; `Purpose` is its older name. */
const isPrefetch = ({ headers }: FastifyRequest): boolean =>
  [headers['sec-purpose'], headers['purpose']]
    .flat()
    .some((value) => value?.toLowerCase().includes('prefetch') === true);
