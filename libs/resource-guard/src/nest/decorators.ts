/**
 * Owns the marks that a route may carry. They only write metadata; the guard reads them (route-requirement).
 */
import { createParamDecorator, SetMetadata, type CustomDecorator, type ExecutionContext } from '@nestjs/common';
import type { AccessTokenClaims } from '@latchkey/tokens';

export const PUBLIC = 'latchkey:public';
export const REQUIRED_SCOPE = 'latchkey:required-scope';
export const MAX_STALENESS = 'latchkey:max-staleness';

/** Opens a route, or every route of a controller, to everybody. Every other route needs a valid token. */
export const Public = (): CustomDecorator => SetMetadata(PUBLIC, true);

/** Each of these scopes must have been granted; those of the controller and of the route add up. */
export const RequiredScope = (...scope: string[]): CustomDecorator => SetMetadata(REQUIRED_SCOPE, scope);

/**
 * How old, in milliseconds, the knowledge of revocations may be on this route; it tightens the deployment's bound and is
 * kept even where that one allows stale knowledge. A bound too small to be kept refuses to start.
 */
export const MaxStaleness = (milliseconds: number): CustomDecorator => SetMetadata(MAX_STALENESS, milliseconds);

/** The claims of the token that was admitted; undefined on a public route, where nobody looked. */
export const AccessToken = createParamDecorator(
  (_: unknown, context: ExecutionContext): AccessTokenClaims | undefined =>
    context.switchToHttp().getRequest<{ user?: AccessTokenClaims }>().user,
);
