/** Owns in what installations grow, and by what steps. Pure. Does not own the installations, nor what they are asked. */
import type { Respect } from '../result.js';

export type Growing = Exclude<Respect, 'processes'>;
export type Sizes = Readonly<Record<Growing, number>>;

/** An installation that is large in one respect. */
export interface Growth<R extends Respect = Growing> {
  readonly respect: R;
  readonly size: number;
}

export const GROWING = ['clients', 'grants', 'revocations'] as const satisfies readonly Growing[];

/** Of the small one, and of all where they begin. */
export const FEW: Sizes = { clients: 10, grants: 1000, revocations: 0 };

const BETWEEN: Readonly<Record<Growing, readonly number[]>> = {
  clients: [1000, 100_000],
  grants: [30_000],
  revocations: [1000, 30_000],
};

/** What grows at once, and is measured side by side before it grows on. @throws Error when many are not more than few */
export function stagesOf(many: number): readonly (readonly Growth[])[] {
  const most = Math.max(...Object.values(FEW));
  if (many <= most) throw new Error(`Many are more than ${most}.`);
  const steps = GROWING.map((respect) => BETWEEN[respect].filter((size) => size < many));
  const between = [0, 1].map((n) =>
    steps.flatMap((sizes, of): Growth[] => {
      const [respect, size] = [GROWING[of], sizes[n]];
      return respect === undefined || size === undefined ? [] : [{ respect, size }];
    }),
  );
  return [...between.filter((stage) => stage.length > 0), GROWING.map((respect) => ({ respect, size: many }))];
}
