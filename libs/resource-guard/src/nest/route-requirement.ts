/**
 * Owns what a route asks for, read from its marks; closed by default. Does not own the judgement.
 */
import type { Reflector } from '@nestjs/core';
import { MAX_STALENESS, PUBLIC, REQUIRED_SCOPE } from './decorators.js';

export interface RouteRequirement {
  readonly requiredScope: readonly string[];
  readonly maxStalenessMs?: number;
}

type Marked = Parameters<Reflector['get']>[1];

/**
 * What a caller must show; `public` for nothing. A mark on the handler is nearer than one on its controller, and where
 * one place says both `@Public()` and a requirement, the requirement stands.
 */
export function routeRequirement(
  reflector: Reflector,
  handler: Marked,
  controller: Marked,
): RouteRequirement | 'public' {
  const scopeOf = (target: Marked): readonly string[] =>
    reflector.get<string[] | undefined>(REQUIRED_SCOPE, target) ?? [];
  const boundOf = (target: Marked): number | undefined => reflector.get<number | undefined>(MAX_STALENESS, target);
  const isOpen = (target: Marked): boolean => reflector.get<true | undefined>(PUBLIC, target) === true;
  const demands = (target: Marked): boolean => scopeOf(target).length > 0 || boundOf(target) !== undefined;

  if (!demands(handler) && (isOpen(handler) || (!demands(controller) && isOpen(controller)))) return 'public';

  const bounds = [boundOf(handler), boundOf(controller)].filter((bound) => bound !== undefined);
  return {
    requiredScope: [...new Set([...scopeOf(controller), ...scopeOf(handler)])],
    ...(bounds.length === 0 ? {} : { maxStalenessMs: Math.min(...bounds) }),
  };
}

/**
 * The same, read from its marks once for each route, when it is first asked for: decorators write them as classes are defined,
 * and whoever writes another one later is not heard.
 */
export class RouteRequirements {
  readonly #reflector: Reflector;
  readonly #known = new WeakMap<Marked, WeakMap<Marked, RouteRequirement | 'public'>>();

  constructor(reflector: Reflector) {
    this.#reflector = reflector;
  }

  /** A handler that several controllers inherit has a requirement in each. */
  of(handler: Marked, controller: Marked): RouteRequirement | 'public' {
    const known = this.#known.get(controller)?.get(handler);
    return known ?? this.#read(handler, controller);
  }

  #read(handler: Marked, controller: Marked): RouteRequirement | 'public' {
    const requirement = routeRequirement(this.#reflector, handler, controller);
    const ofController = this.#known.get(controller) ?? new WeakMap<Marked, RouteRequirement | 'public'>();
    this.#known.set(controller, ofController.set(handler, requirement));
    return requirement;
  }
}
