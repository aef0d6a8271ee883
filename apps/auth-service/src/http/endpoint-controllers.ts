/**
 * Owns one rule-free controller per endpoint for machines. Does not own a rule: the protocol decides.
 */
import type { Endpoint } from '@latchkey/protocol';
import { All, Controller, Req, Res, type Type } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { sendEndpointResponse } from './endpoint-answer.js';
import { endpointRequest } from './endpoint-request.js';

/** A controller that carries every method of these paths to one endpoint: the endpoint itself knows which are allowed. */
export function endpointController(paths: string[], endpoint: Endpoint): Type {
  @Controller()
  class EndpointController {
    @All(paths)
    async handle(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
      await sendEndpointResponse(reply, await endpoint.handle(endpointRequest(request)));
    }
  }
  return EndpointController;
}
