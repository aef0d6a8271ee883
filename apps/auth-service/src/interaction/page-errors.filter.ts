/**
 * Owns what a person is told when something other than the request is at fault. Does not own what machines are told
 * (http/broken-world.filter).
 */
import { Unavailable } from '@latchkey/protocol';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { PageAnswer } from './answer.js';
import { FaultLog } from './fault-log.js';
import { PageWriter } from './page-writer.js';
import { nothingHere, somethingBroke, unavailable, unreadable } from './problems.js';

@Catch()
export class PageErrorsFilter implements ExceptionFilter {
  constructor(
    private readonly writer: PageWriter,
    private readonly faults: FaultLog,
  ) {}

  async catch(error: unknown, host: ArgumentsHost): Promise<void> {
    await this.writer.write(host.switchToHttp().getResponse<FastifyReply>(), this.judge(error));
  }

  private judge(error: unknown): PageAnswer {
    if (error instanceof Unavailable) {
      this.faults.unavailable(error);
      return unavailable();
    }
    if (error instanceof HttpException && error.getStatus() === 404) return nothingHere();
    if (error instanceof HttpException && error.getStatus() < 500) return unreadable(error.getStatus());
    this.faults.bug(error);
    return somethingBroke();
  }
}
