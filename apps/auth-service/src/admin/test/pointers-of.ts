/** Owns what a refusal by the admin API names, as specs read it. Does not own any expectation. */
import { formOf } from '../http/form.js';
import { PROBLEM_TYPE, ProblemSchema } from '../http/problem.js';
import type { Wire } from './admin-bench.js';

const isProblem = formOf(ProblemSchema);

/** @throws Error for anything but a 400 in the form of a problem */
export function pointersOf(wire: Wire): readonly string[] {
  const formed = isProblem(wire.json);
  const isTyped = wire.headers.get('content-type') === PROBLEM_TYPE;
  if (wire.status !== 400 || !isTyped || !formed.ok) throw new Error(`no faults: ${wire.status} ${wire.text}`);
  return (formed.value.errors ?? []).map(({ pointer }) => pointer);
}
