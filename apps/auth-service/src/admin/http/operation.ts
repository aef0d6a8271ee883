/**
 * Owns the one definition of an operation: its route, scope, form, meaning, document and types come from it (ADR 3).
 * Does not own HTTP: routes carries the words in and out.
 */
import Type, { type Static, type TObject, type TSchema } from 'typebox';
import type { AdminScope } from '../admin-scopes.js';
import type { KeepAnswer } from '../ports.js';
import { formOf, formOfBody, type Surviving, unharmed } from './form.js';
import type { Precondition } from './precondition.js';
import { type Fault, nothingHere, Problem } from './problem.js';

/** Whoever calls: the client of the token, and what the token was granted. */
export interface Caller {
  readonly clientId: string;
  readonly grantedScope: ReadonlySet<string>;
  readonly address: string;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly location?: string;
  /** What its ETag is made of: what GET answers, where the body holds more than that. */
  readonly representation?: unknown;
  /** How many seconds the guards were waited for, at most, because the caller preferred it (RFC 7240). */
  readonly waitedSeconds?: number;
}

export interface RawInput {
  readonly params: unknown;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: unknown;
  readonly caller: Caller;
  /** `Prefer: wait` (RFC 7240 §4.3), if it is honoured at all. */
  readonly waitSeconds: number | undefined;
  readonly precondition: Precondition;
  /** There is one when an Idempotency-Key was sent and is honoured. */
  readonly once: Once | undefined;
}

/** Lets something happen once for all requests that mean the same: the path and the body as they were understood. */
export type Once = (
  meant: { readonly path: string; readonly body: unknown },
  effect: (keep: KeepAnswer) => Promise<Answer>,
) => Promise<Answer>;

interface Description {
  readonly operationId: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** As OpenAPI writes it: `/admin/v1/clients/{client_id}`. */
  readonly path: string;
  readonly scope: AdminScope;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  /** Under which kind a refusal of it stands in the audit trail, as `client.created`. Every write has one (admin-api.md A11). */
  readonly audits?: string;
  /** It honours `Prefer: wait`. */
  readonly waits?: true;
  /** Its answer has an ETag, and conditions on it are honoured (admin-api.md A6). */
  readonly tagged?: true;
  /** It honours `Idempotency-Key`. `secret`: its answer may hold one and is then not kept. */
  readonly once?: 'kept' | 'secret';
  /** For whoever repeats it and may not be told the secret again: how to get a new one. */
  readonly howAgain?: string;
  /** Problems that no other operation has, by status. */
  readonly problems?: Readonly<Record<number, string>>;
}

export interface Operation extends Description {
  readonly params: TObject;
  readonly query: TObject;
  readonly body: TSchema;
  readonly success: { readonly status: 200 | 201; readonly description: string; readonly schema: TSchema };
  /** Whether the parameters of a path could name anything. */
  couldName(params: unknown): boolean;
  /** @throws Problem */
  answer(input: RawInput): Promise<Answer>;
}

/** For an operation that has no parameters, no query or no body. An absent body counts as this one. */
export const NOTHING = Type.Object({}, { additionalProperties: false });

export const isWrite = ({ method }: Pick<Operation, 'method'>): boolean => method !== 'GET';

export interface OperationDefinition<
  P extends TObject,
  Q extends TObject,
  B extends TSchema,
  R extends TSchema,
> extends Description {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly success: { readonly status: 200 | 201; readonly description: string; readonly schema: R };
  /** Scopes that this would need and the caller lacks: judged before anything of the body (admin-api.md A2). May read. */
  readonly lacking?: (input: {
    readonly body: unknown;
    readonly params: Static<P>;
    readonly caller: Caller;
  }) => readonly string[] | Promise<readonly string[]>;
  /** Faults of meaning, in whatever the faults of form have left. May read; must not write. */
  readonly rules?: (
    body: Surviving<Static<B>>,
    input: { readonly params: Static<P>; readonly caller: Caller },
  ) => Promise<readonly Fault[]>;
  readonly handle: (input: {
    readonly params: Static<P>;
    readonly query: Static<Q>;
    readonly body: Static<B>;
    readonly caller: Caller;
    readonly waitSeconds: number | undefined;
    readonly precondition: Precondition;
    readonly keep: KeepAnswer | undefined;
  }) => Promise<{ readonly resource: Static<R> } & Pick<Answer, 'location' | 'representation' | 'waitedSeconds'>>;
}

/**
 * Judges in this order: the path (404), what the caller lacks (403), then every fault of query and body together (400). What
 * was done before under an Idempotency-Key is told only to whoever could do it now, so it is looked up behind the first two.
 */
export function operation<P extends TObject, Q extends TObject, B extends TSchema, R extends TSchema>(
  definition: OperationDefinition<P, Q, B, R>,
): Operation {
  const { lacking, rules, handle, ...description } = definition;
  const forms = {
    params: formOf(definition.params),
    query: formOf(definition.query),
    body: formOfBody(definition.body),
  };
  return {
    ...description,
    couldName: (params) => forms.params(params).ok,
    answer: async ({ caller, waitSeconds, precondition, once, ...raw }) => {
      const named = forms.params(raw.params);
      if (!named.ok) throw nothingHere();
      const who = { params: named.value, caller };
      const missing = (await lacking?.({ body: raw.body, ...who })) ?? [];
      if (missing.length > 0) throw new LackingScope(missing);
      // An absent body, and not null, which was sent.
      const isAbsent = raw.body === undefined && Object.is(definition.body, NOTHING);
      const body: unknown = isAbsent ? {} : raw.body;
      const effect = async (keep: KeepAnswer | undefined): Promise<Answer> => {
        const asked = forms.query(withIntegers(definition.query, raw.query));
        const sent = forms.body(body);
        const surviving = sent.ok ? unharmed(sent.value) : sent.surviving;
        const faults = [
          ...(asked.ok ? [] : asked.faults.map(ofTheQuery)),
          ...(sent.ok ? [] : sent.faults),
          ...(rules === undefined || surviving.nothing ? [] : await rules(surviving, who)),
        ];
        if (faults.length > 0 || !asked.ok || !sent.ok) throw Problem.ofFaults(faults);
        const { value: query } = asked;
        const { resource, ...rest } = await handle({
          ...who,
          query,
          body: sent.value,
          waitSeconds,
          precondition,
          keep,
        });
        return { status: definition.success.status, body: resource, ...rest };
      };
      if (once === undefined) return effect(undefined);
      return once({ path: pathTo(definition.path, named.value), body }, effect);
    },
  };
}

/** One text for one thing, however its path was written (RFC 3986 §6.2.2.2: escapes of what needs none are equivalent). */
function pathTo(template: string, params: object): string {
  const named = new Map<string, unknown>(Object.entries(params));
  return template.replaceAll(/\{([a-z_]+)\}/g, (_all, name: string) => encodeURIComponent(String(named.get(name))));
}

/** The caller's scopes do not cover what it wants to give away or touch. */
export class LackingScope extends Error {
  constructor(readonly scope: readonly string[]) {
    super('insufficient scope');
  }
}

const ofTheQuery = (fault: Fault): Fault => ({ ...fault, detail: `in the query: ${fault.detail}` });

/** A query is text; where its schema asks for an integer, the digits become one. Anything else stays and is refused. */
function withIntegers(schema: TObject, query: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const isInteger = (name: string): boolean => {
    const member = Object.entries(schema.properties).find(([key]) => key === name)?.[1];
    return member !== undefined && 'type' in member && member.type === 'integer';
  };
  return Object.fromEntries(
    Object.entries(query).map(([name, value]) => [
      name,
      typeof value === 'string' && /^-?[0-9]{1,15}$/.test(value) && isInteger(name) ? Number(value) : value,
    ]),
  );
}
