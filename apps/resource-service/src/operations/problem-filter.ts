/**
 * Owns how everything that is not a success is said: problem details (RFC 9457), 503 for a broken world, 500 for a bug.
 * Does not own the refusals of the guard: it wrote them in the form of RFC 6750, and they pass as they are.
 */
import { STATUS_CODES } from 'node:http';
import { NotAdmitted } from '@latchkey/resource-guard/nest';
import { type ArgumentsHost, BadRequestException, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { Logger } from 'pino';
import { Unavailable } from '../persistence/unavailable.js';

interface Problem {
  readonly status: number;
  readonly detail?: string;
}

export const PROBLEM_TYPE = 'application/problem+json';

/** RFC 9457 §4.2.1: with "about:blank" the title is the status phrase. */
export const problemDocument = ({ status, detail }: Problem): string =>
  JSON.stringify({ type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail });

@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly log: Logger) {}

  async catch(error: unknown, host: ArgumentsHost): Promise<void> {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    if (error instanceof NotAdmitted) {
      await reply
        .status(error.getStatus())
        .header('content-type', 'application/json')
        .send(JSON.stringify(error.getResponse()));
      return;
    }
    const { status, detail } = this.judge(error);
    if (status === 503) void reply.header('retry-after', '1');
    await reply
      .status(status)
      .headers({ 'cache-control': 'no-store', 'content-type': PROBLEM_TYPE })
      .send(problemDocument({ status, ...(detail === undefined ? {} : { detail }) }));
  }

  private judge(error: unknown): Problem {
    if (error instanceof Unavailable) {
      const cause = error.cause instanceof Error ? error.cause.message : undefined;
      this.log.error({ what: error.message, cause }, 'answered 503');
      return { status: 503, detail: 'something that is needed does not answer; try again in a moment' };
    }
    const status = clientFault(error);
    if (status !== undefined) {
      const detail = isOurWord(error) ? error.message : SAID[status];
      return { status, ...(detail === undefined ? {} : { detail }) };
    }
    this.log.error({ err: error }, 'answered 500');
    return { status: 500 };
  }
}

/** Only what we said ourselves is repeated: the words of a parser may quote the body, and those of a router the path. */
const isOurWord = (error: unknown): error is BadRequestException =>
  error instanceof BadRequestException && !(error.cause instanceof SyntaxError);

/** Of what others found. */
const SAID: Readonly<Record<number, string>> = {
  400: 'the body is no JSON that is taken here',
  404: 'there is nothing here, or it is not yours',
  413: 'the body is too large',
  415: 'a body must be application/json',
};

/** Nest's exceptions and Fastify's parsing faults carry a 4xx status; anything else is ours. */
function clientFault(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus() < 500 ? error.getStatus() : undefined;
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}
