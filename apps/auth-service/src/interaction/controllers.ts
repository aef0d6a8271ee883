/**
 * Owns the routes that a person's browser takes. Does not own a rule: each method carries words in and an answer out.
 */
import { Controller, Get, NotFoundException, Param, Post, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { endpointRequest } from '../http/endpoint-request.js';
import { Assets } from './assets.js';
import { AuthorizationVisits } from './authorization-visits.js';
import { PageErrorsFilter } from './page-errors.filter.js';
import { PageWriter } from './page-writer.js';

@Controller()
@UseFilters(PageErrorsFilter)
export class AuthorizeController {
  constructor(
    private readonly visits: AuthorizationVisits,
    private readonly writer: PageWriter,
  ) {}

  /** OpenID Connect Core §3.1.2.1: servers "MUST support the use of the HTTP GET and POST methods". */
  @Get('/authorize')
  async get(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.writer.write(reply, await this.visits.begin(endpointRequest(request), this.writer.visitOf(request)));
  }

  @Post('/authorize')
  async post(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.get(request, reply);
  }

  /** This is no place to begin. */
  @Get('/')
  home(): never {
    throw new NotFoundException();
  }
}

@Controller('/interaction')
@UseFilters(PageErrorsFilter)
export class InteractionController {
  constructor(
    private readonly visits: AuthorizationVisits,
    private readonly writer: PageWriter,
  ) {}

  @Get('/:id')
  async show(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.writer.write(reply, await this.visits.show(id, this.writer.visitOf(request)));
  }

  @Get('/:id/login')
  async showLogin(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.writer.write(reply, await this.visits.showLogin(id, this.writer.visitOf(request)));
  }

  @Post('/:id/login')
  async login(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.writer.write(reply, await this.visits.login(id, this.writer.visitOf(request)));
  }

  @Post('/:id/account')
  async account(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.writer.write(reply, await this.visits.account(id, this.writer.visitOf(request)));
  }

  @Post('/:id/consent')
  async consent(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.writer.write(reply, await this.visits.consent(id, this.writer.visitOf(request)));
  }
}

@Controller('/assets')
@UseFilters(PageErrorsFilter)
export class AssetsController {
  constructor(private readonly assets: Assets) {}

  @Get('/:name')
  async get(@Param('name') name: string, @Res() reply: FastifyReply): Promise<void> {
    const asset = this.assets.find(name);
    if (asset === undefined) throw new NotFoundException();
    await reply
      .headers({
        'content-type': asset.contentType,
        'cache-control': 'public, max-age=31536000, immutable',
        'x-content-type-options': 'nosniff',
        'cross-origin-resource-policy': 'same-origin',
      })
      .send(asset.body);
  }
}
