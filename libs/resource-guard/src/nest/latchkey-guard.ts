/**
 * Owns the guard before every route: reads what the route asks for, asks our strategy, and says its answer to Nest.
 * Does not own the judgement nor the words of a refusal.
 */
import type { AccessTokenClaims } from '@latchkey/tokens';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Admittance } from '../admission.js';
import { LatchkeyStrategy, type AnyRequest } from './latchkey-strategy.js';
import { NotAdmitted } from './not-admitted.js';
import { RouteRequirements } from './route-requirement.js';

/** What passport leaves on a request that it has authenticated. */
interface Authenticated {
  user?: AccessTokenClaims;
  authInfo?: { readonly grantedScope: ReadonlySet<string> };
}

@Injectable()
export class LatchkeyGuard implements CanActivate {
  private readonly requirements: RouteRequirements;

  constructor(
    reflector: Reflector,
    private readonly strategy: LatchkeyStrategy,
  ) {
    this.requirements = new RouteRequirements(reflector);
  }

  /**
   * Closed by default: only `@Public()` opens a route, and only HTTP has a header to look at. Leaves `user` and `authInfo` on the
   * request, as passport would.
   *
   * passport's own middleware is not run: its promises and the session methods that it puts on each request cost five times
   * the judgement. `AuthGuard(strategy.name)` and `passport.authenticate(strategy.name)` give the same answers.
   * @throws NotAdmitted its headers are set on the response
   */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return false;
    const requirement = this.requirements.of(context.getHandler(), context.getClass());
    if (requirement === 'public') return true;
    const answer = await this.strategy.admit(context.switchToHttp().getRequest<AnyRequest>(), requirement);
    await restOfThisTurn();
    return settle(answer, context);
  }
}

/**
 * Requests that arrived together are all judged before the first of them is served, so that their answers are written one after the
 * other: whoever waits for them is woken once and not for each (ADR 18). Whoever asks alone waits for nobody.
 */
const restOfThisTurn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

function settle(answer: Admittance, context: ExecutionContext): true {
  const http = context.switchToHttp();
  if (answer.answer !== 'admit') {
    const denial = new NotAdmitted(answer);
    const response = http.getResponse<{ header(name: string, value: string): unknown }>();
    for (const [name, value] of Object.entries(denial.headers)) response.header(name, value);
    throw denial;
  }
  const request = http.getRequest<Authenticated>();
  request.user = answer.claims;
  request.authInfo = { grantedScope: answer.grantedScope };
  return true;
}
