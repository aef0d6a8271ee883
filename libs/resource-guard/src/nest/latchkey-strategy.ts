/**
 * Owns the seam to passport-jwt: our strategy is one of its strategies, with a way of its own to authenticate.
 * Does not own the judgement (the guard decides alone), and leaves passport-jwt's process-wide verifier as it is, so that
 * an ordinary strategy beside this one works as ever.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import passport from 'passport';
import { Strategy } from 'passport-jwt';
import type { Admittance } from '../admission.js';
import { ResourceGuard } from '../resource-guard.js';
import { NotAdmitted } from './not-admitted.js';
import type { RouteRequirement } from './route-requirement.js';

/** What passport hands through from the guard. Without a requirement any valid token will do. */
export interface AuthenticateOptions {
  readonly requirement?: RouteRequirement;
}

/** Fastify wraps node's request, Express is one. */
export type AnyRequest = IncomingMessage | { readonly raw: IncomingMessage };

@Injectable()
export class LatchkeyStrategy extends Strategy {
  /** Unique: passport's registry is the process's, and one process may run several applications. */
  override readonly name = `latchkey-${randomUUID()}`;

  // No #private members: passport works on Object.create(strategy), which has none.
  constructor(private readonly guard: ResourceGuard) {
    const never = new Error('passport-jwt must not verify here');
    super(
      {
        jwtFromRequest: () => null,
        secretOrKeyProvider: (_request, _token, done) => {
          done(never);
        },
      },
      (_payload, done) => {
        done(never);
      },
    );
    passport.use(this.name, this);
  }

  /** For whoever lets passport run it. Succeeds with the claims; fails with NotAdmitted, or with it as an error when nobody can tell. */
  override authenticate(request: AnyRequest, options: AuthenticateOptions = {}): void {
    const settle = (answer: Admittance): void => {
      if (answer.answer === 'admit') this.success(answer.claims, { grantedScope: answer.grantedScope });
      else if (answer.answer === 'refuse') this.fail(new NotAdmitted(answer), answer.refusal.status);
      else this.error(new NotAdmitted(answer));
    };
    const answer = this.admit(request, options.requirement);
    if (answer instanceof Promise)
      answer.then(settle, (error: unknown) => {
        this.error(asError(error));
      });
    else settle(answer);
  }

  /** RFC 6750 §2.1: the token of this request against what its route asks for. At once, save for a key that is not known yet. */
  admit(request: AnyRequest, requirement: RouteRequirement = ANY_TOKEN): Admittance | Promise<Admittance> {
    const incoming = 'raw' in request ? request.raw : request;
    return this.guard.admit({
      authorization: authorizationsOf(incoming),
      query: queryOf(incoming.url),
      requiredScope: requirement.requiredScope,
      maxStalenessMs: requirement.maxStalenessMs,
    });
  }

  /** Takes the strategy out of passport's registry. */
  retire(): void {
    passport.unuse(this.name);
  }
}

const ANY_TOKEN: RouteRequirement = { requiredScope: [] };

const NAME = 'authorization';

/** node keeps only the first of several Authorization headers in `headers`; the raw ones are all there, each name before its value. */
function authorizationsOf({ rawHeaders }: IncomingMessage): string | string[] | undefined {
  let found: string | string[] | undefined;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    const value = rawHeaders[at + 1];
    if (name?.length !== NAME.length || value === undefined || name.toLowerCase() !== NAME) continue;
    if (found === undefined) found = value;
    else found = typeof found === 'string' ? [found, value] : [...found, value];
  }
  return found;
}

const queryOf = (url = ''): string | undefined => {
  const mark = url.indexOf('?');
  return mark === -1 ? undefined : url.slice(mark + 1);
};

const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error('admission failed'));
