/** Owns that whatever Nest catches at an endpoint for machines is answered in our form (broken-world). Does not own that form. */
import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { Logger } from 'pino';
import { brokenWorldResponse } from './broken-world.js';
import { sendEndpointResponse } from './endpoint-answer.js';

@Catch()
export class BrokenWorldFilter implements ExceptionFilter {
  constructor(private readonly log: Logger) {}

  catch(error: unknown, host: ArgumentsHost): Promise<void> {
    return sendEndpointResponse(host.switchToHttp().getResponse<FastifyReply>(), brokenWorldResponse(error, this.log));
  }
}
