/**
 * Owns the guard before every route: reads what the route asks for and lets passport run our strategy.
 * Does not own the judgement nor the words of a refusal.
 */
import { type CanActivate, type ExecutionContext, Injectable, type Type, UnauthorizedException } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthGuard, type AuthGuardAuthenticateOptions } from '@nestjs/passport';
import { LatchkeyStrategy, type AuthenticateOptions } from './latchkey-strategy.js';
import { NotAdmitted } from './not-admitted.js';
import { routeRequirement } from './route-requirement.js';

@Injectable()
export class LatchkeyGuard implements CanActivate {
  private readonly passportGuard: CanActivate;

  constructor(
    private readonly reflector: Reflector,
    strategy: LatchkeyStrategy,
  ) {
    const Guard = passportGuard(strategy.name, (context) => this.requirementOf(context));
    this.passportGuard = new Guard();
  }

  /** Closed by default: only `@Public()` opens a route, and only HTTP has a header to look at. */
  canActivate(context: ExecutionContext): ReturnType<CanActivate['canActivate']> {
    if (context.getType() !== 'http') return false;
    if (this.requirementOf(context) === 'public') return true;
    return this.passportGuard.canActivate(context);
  }

  private requirementOf(context: ExecutionContext): ReturnType<typeof routeRequirement> {
    return routeRequirement(this.reflector, context.getHandler(), context.getClass());
  }
}

function passportGuard(
  strategyName: string,
  requirementOf: (context: ExecutionContext) => ReturnType<typeof routeRequirement>,
): Type<CanActivate> {
  return class extends AuthGuard(strategyName) {
    override getAuthenticateOptions(context: ExecutionContext): AuthGuardAuthenticateOptions & AuthenticateOptions {
      const requirement = requirementOf(context);
      return { session: false, ...(requirement === 'public' ? {} : { requirement }) };
    }

    override handleRequest<Claims>(
      error: unknown,
      claims: Claims | false,
      info: unknown,
      context: ExecutionContext,
    ): Claims {
      const denial = error instanceof NotAdmitted ? error : info;
      if (denial instanceof NotAdmitted) {
        const response = context.switchToHttp().getResponse<{ header(name: string, value: string): unknown }>();
        for (const [name, value] of Object.entries(denial.headers)) response.header(name, value);
        throw denial;
      }
      if (error instanceof Error) throw error;
      if (claims === false || (error !== null && error !== undefined)) throw new UnauthorizedException();
      return claims;
    }
  };
}
