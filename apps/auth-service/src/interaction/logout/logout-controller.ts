/** Owns the routes of a log-out. Does not own a rule: each method carries words in and an answer out. */
import { Controller, Get, Post, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { endpointRequest } from '../../http/endpoint-request.js';
import { PageErrorsFilter } from '../page-errors.filter.js';
import { PageWriter } from '../page-writer.js';
import { LogoutVisits } from './logout-visits.js';
import { refusedAsSpeculation } from './speculation.js';

@Controller('/logout')
@UseFilters(PageErrorsFilter)
export class LogoutController {
  constructor(
    private readonly visits: LogoutVisits,
    private readonly writer: PageWriter,
  ) {}

  /** OpenID Connect RP-Initiated Logout 1.0 §2: "OpenID Providers MUST support the use of the HTTP GET and POST methods". */
  @Get()
  async get(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    if (await refusedAsSpeculation(request, reply)) return;
    await this.writer.write(reply, await this.visits.begin(endpointRequest(request), this.writer.visitOf(request)));
  }

  @Post()
  async post(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.writer.write(reply, await this.visits.beginByForm(endpointRequest(request)));
  }

  @Get('/request')
  async resume(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    if (await refusedAsSpeculation(request, reply)) return;
    await this.writer.write(reply, await this.visits.resume(this.writer.visitOf(request)));
  }

  @Post('/confirm')
  async answer(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.writer.write(reply, await this.visits.answer(this.writer.visitOf(request)));
  }

  /** The page that asked, and was reloaded. */
  @Get('/confirm')
  async again(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.get(request, reply);
  }

  @Get('/done')
  async done(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.writer.write(reply, await this.visits.done(this.writer.visitOf(request)));
  }
}
