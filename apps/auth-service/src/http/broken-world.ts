/**
 * Owns what a machine is told when something other than its request is at fault: 503 for a broken world, 500 for a bug, and the
 * framework's own refusals in our form. Does not own OAuth errors: the endpoints answer those themselves.
 */
import { type EndpointResponse, Unavailable } from '@latchkey/protocol';
import { HttpException } from '@nestjs/common';
import type { Logger } from 'pino';

/** What went wrong is for the log alone. */
export function brokenWorldResponse(error: unknown, log: Logger): EndpointResponse {
  const { status, code, description } = judge(error, log);
  return {
    status,
    headers: {
      'cache-control': 'no-store',
      'content-type': 'application/json',
      ...(status === 503 ? { 'retry-after': '1' } : {}),
    },
    body: JSON.stringify({ error: code, error_description: description }),
  };
}

interface Judged {
  readonly status: number;
  readonly code: string;
  readonly description: string;
}

function judge(error: unknown, log: Logger): Judged {
  if (error instanceof Unavailable) {
    log.error({ what: error.what, cause: causeOf(error) }, 'answered 503');
    return { status: 503, code: 'temporarily_unavailable', description: 'try again in a moment' };
  }
  const status = clientFault(error);
  if (status !== undefined)
    return { status, code: 'invalid_request', description: DESCRIPTIONS[status] ?? 'bad request' };
  log.error({ err: error }, 'answered 500');
  return { status: 500, code: 'server_error', description: 'something went wrong here' };
}

const DESCRIPTIONS: Readonly<Record<number, string>> = {
  404: 'there is nothing here',
  413: 'the body is too large',
  415: 'this content type is not understood',
};

/** Nest's own 404 and Fastify's parsing faults carry a 4xx status; anything else is ours. */
function clientFault(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus() < 500 ? error.getStatus() : undefined;
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}

const causeOf = (error: Error): string | undefined => (error.cause instanceof Error ? error.cause.message : undefined);
