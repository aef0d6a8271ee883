/**
 * Owns the one definition of an operation: its route, scope, form, meaning, document and types come from it (ADR 3).
 * Does not own HTTP: routes carries the words in and out.
 */
import Type, { type Static, type TObject, type TSchema } from 'typebox';
import type { AdminScope } from '../admin-scopes.js';
import { formOf, type Surviving, unharmed } from './form.js';
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
}

interface Description {
  readonly operationId: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** As OpenAPI writes it: `/admin/v1/clients/{client_id}`. */
  readonly path: string;
  readonly scope: AdminScope;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  /** It honours `Prefer: wait`. */
  readonly waits?: true;
  /** Problems that no other operation has, by status. */
  readonly problems?: Readonly<Record<number, string>>;
}

export interface Operation extends Description {
  readonly params: TObject;
  readonly query: TObject;
  readonly body: TObject;
  readonly success: { readonly status: 200 | 201; readonly description: string; readonly schema: TSchema };
  /** @throws Problem */
  answer(input: RawInput): Promise<Answer>;
}

/** For an operation that has no parameters, no query or no body. An absent body counts as this one. */
export const NOTHING = Type.Object({}, { additionalProperties: false });

export interface OperationDefinition<
  P extends TObject,
  Q extends TObject,
  B extends TObject,
  R extends TSchema,
> extends Description {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly success: { readonly status: 200 | 201; readonly description: string; readonly schema: R };
  /** Scopes that this body would need and the caller lacks: judged before anything else of it (admin-api.md A2). */
  readonly lacking?: (body: unknown, caller: Caller) => readonly string[];
  /** Faults of meaning, in whatever the faults of form have left. May read; must not write. */
  readonly rules?: (body: Surviving<Static<B>>) => Promise<readonly Fault[]>;
  readonly handle: (input: {
    readonly params: Static<P>;
    readonly query: Static<Q>;
    readonly body: Static<B>;
    readonly caller: Caller;
    readonly waitSeconds: number | undefined;
  }) => Promise<{ readonly resource: Static<R> } & Pick<Answer, 'location' | 'waitedSeconds'>>;
}

/** Judges in this order: what the caller lacks (403), the path (404), then every fault of query and body together (400). */
export function operation<P extends TObject, Q extends TObject, B extends TObject, R extends TSchema>(
  definition: OperationDefinition<P, Q, B, R>,
): Operation {
  const { lacking, rules, handle, ...description } = definition;
  const forms = { params: formOf(definition.params), query: formOf(definition.query), body: formOf(definition.body) };
  return {
    ...description,
    answer: async ({ caller, waitSeconds, ...raw }) => {
      const missing = lacking?.(raw.body, caller) ?? [];
      if (missing.length > 0) throw new LackingScope(missing);
      const named = forms.params(raw.params);
      if (!named.ok) throw nothingHere();
      const asked = forms.query(withIntegers(definition.query, raw.query));
      const sent = forms.body(raw.body ?? (description.body === NOTHING ? {} : undefined));
      const surviving = sent.ok ? unharmed(sent.value) : sent.surviving;
      const faults = [
        ...(asked.ok ? [] : asked.faults.map(ofTheQuery)),
        ...(sent.ok ? [] : sent.faults),
        ...(rules === undefined || surviving.nothing ? [] : await rules(surviving)),
      ];
      if (faults.length > 0 || !asked.ok || !sent.ok) throw Problem.ofFaults(faults);
      const input = { params: named.value, query: asked.value, body: sent.value, caller, waitSeconds };
      const { resource, ...rest } = await handle(input);
      return { status: definition.success.status, body: resource, ...rest };
    },
  };
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
