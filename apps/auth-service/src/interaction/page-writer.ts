/**
 * Owns the carrying of visits and answers between Fastify and the pages. Does not own any rule.
 */
import { limitedFields } from '@latchkey/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Answer, Visit } from './answer.js';
import type { Cookies } from './cookies.js';
import { Form } from './form.js';
import { pageHeaders } from './page-headers.js';
import type { Views } from './views.js';

export class PageWriter {
  private readonly issuer: URL;

  constructor(
    private readonly views: Views,
    private readonly cookies: Cookies,
    issuer: string,
  ) {
    this.issuer = new URL(issuer);
  }

  visitOf(request: FastifyRequest): Visit {
    const mark = request.url.indexOf('?');
    return {
      browser: this.cookies.browserOf(request.headers.cookie),
      session: this.cookies.sessionOf(request.headers.cookie),
      address: request.ip,
      form: Form.read(request.headers['content-type'], request.body),
      query: Form.ofQuery(mark < 0 ? '' : request.url.slice(mark + 1)),
      fromHere: this.isFromHere(request),
    };
  }

  async write(reply: FastifyReply, answer: Answer): Promise<void> {
    if ('location' in answer) {
      for (const cookie of answer.setCookies) reply.header('set-cookie', cookie);
      await reply
        .status(303)
        .headers({ location: answer.location, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
        .send();
      return;
    }
    for (const cookie of answer.setCookies ?? []) void reply.header('set-cookie', cookie);
    if (answer.retryAfterSeconds !== undefined) void reply.header('retry-after', String(answer.retryAfterSeconds));
    if (answer.limit !== undefined) void reply.headers(limitedFields(answer.limit));
    await reply
      .status(answer.status)
      .headers(pageHeaders(answer.page, this.issuer.protocol === 'https:'))
      .send(this.views.render(answer.page));
  }

  /** The token decides; a header that is missing, or `null` (as our own Referrer-Policy makes it), refuses nobody (P1). */
  private isFromHere(request: FastifyRequest): boolean {
    if (request.headers['sec-fetch-site'] === 'cross-site') return false;
    const { origin } = request.headers;
    if (origin === undefined || origin === 'null') return true;
    if (!URL.canParse(origin)) return false;
    return origin === this.issuer.origin || new URL(origin).host === request.host;
  }
}
