/**
 * Owns which refusals stand in the audit trail (admin-api.md A11: "Refused writes (401 with a known client, 403, 409, 412)").
 * Does not own what is refused, nor what was done, nor how many rows one caller gets (limits/failure-audit).
 */
import type { FastifyRequest } from 'fastify';
import type { FailureAudit } from '../../limits/failure-audit.js';
import type { Caller, Operation } from './operation.js';
import type { Problem } from './problem.js';

const NOTED: ReadonlySet<number> = new Set([401, 403, 409, 412]);

/** Who was refused: whoever came in, or whose token was genuine and is good for nothing any more. */
export type RefusedCaller = Pick<Caller, 'clientId' | 'address'>;

export class Refusals {
  constructor(private readonly audit: Pick<FailureAudit, 'note'>) {}

  /** Never rejects: a refusal that cannot be recorded is a refusal all the same, and the log says so. */
  async note(
    operation: Operation,
    request: FastifyRequest,
    caller: RefusedCaller | undefined,
    problem: Problem,
  ): Promise<void> {
    if (operation.audits === undefined || caller === undefined || !NOTED.has(problem.status)) return;
    const record = {
      actor: caller.clientId,
      kind: operation.audits,
      target: targetOf(operation, request.params),
      outcome: 'refused',
      address: caller.address,
      detail: { status: problem.status },
    } as const;
    await this.audit.note(record, { name: caller.clientId, account: undefined }, { ...record, target: 'several' });
  }
}

/** In characters, of what has the form of an identifier. */
const LONGEST_TARGET = 255;

/** What the path names last, if it can be a name of ours: it is sealed, and whatever else was typed cannot be erased. */
function targetOf(operation: Operation, params: unknown): string {
  if (!operation.couldName({ ...(typeof params === 'object' ? params : {}) })) return 'unknown';
  const last: unknown = typeof params === 'object' && params !== null ? Object.values(params).at(-1) : undefined;
  return typeof last === 'string' ? last.slice(0, LONGEST_TARGET) : operation.path;
}
