/** Owns the routes of a person's own account. Does not own a rule: each method carries words in and an answer out. */
import { Controller, Get, Post, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PageErrorsFilter } from '../page-errors.filter.js';
import { PageWriter } from '../page-writer.js';
import { AccountVisits } from './account-visits.js';

@Controller('/account')
@UseFilters(PageErrorsFilter)
export class AccountController {
  constructor(
    private readonly visits: AccountVisits,
    private readonly writer: PageWriter,
  ) {}

  @Get()
  async show(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.writer.write(reply, await this.visits.show(this.writer.visitOf(request)));
  }

  @Post()
  async act(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.writer.write(reply, await this.visits.act(this.writer.visitOf(request)));
  }

  @Post('/login')
  async login(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.writer.write(reply, await this.visits.login(this.writer.visitOf(request)));
  }

  /** A login page that failed was answered here; who reloads its address begins anew. */
  @Get('/login')
  async again(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.show(request, reply);
  }

  @Get('/password')
  async showPassword(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.writer.write(reply, await this.visits.showPassword(this.writer.visitOf(request)));
  }

  @Post('/password')
  async changePassword(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.writer.write(reply, await this.visits.changePassword(this.writer.visitOf(request)));
  }
}
