/** Owns what a measurement is and what it finds. Does not own how one is run or printed. */

export interface Goal {
  readonly relation: '<' | '≤' | '=' | '≥';
  readonly bound: number;
}

export interface Figure {
  /** Unique among all figures. */
  readonly what: string;
  /** Lower is better, save for `/s` and where the goal says `≥`. */
  readonly value: number;
  /** `×` for a ratio, `/s` for a rate. */
  readonly unit: 'ns' | 'µs' | 'ms' | 's' | 'bytes' | 'MB' | 'calls' | '×' | '/s' | 'clients';
  /** Absent where the figure only informs. */
  readonly goal?: Goal;
}

export interface Measurement {
  readonly name: string;
  /** In how many fresh processes it is taken, each as cold as a guard that has just started; the lowest counts. */
  readonly rounds: number;
  /** Of one of them, on a machine that is at rest: for the estimate alone. */
  readonly seconds: number;
  run(): Promise<readonly Figure[]>;
}

export const under = (bound: number): Goal => ({ relation: '<', bound });
export const atMost = (bound: number): Goal => ({ relation: '≤', bound });
export const atLeast = (bound: number): Goal => ({ relation: '≥', bound });
export const exactly = (bound: number): Goal => ({ relation: '=', bound });

/** Not a number is no success: each says what meets the goal, and all else misses it. */
const MEETS: Readonly<Record<Goal['relation'], (value: number, bound: number) => boolean>> = {
  '<': (value, bound) => value < bound,
  '≤': (value, bound) => value <= bound,
  '=': (value, bound) => value === bound,
  '≥': (value, bound) => value >= bound,
};

export const isMissed = ({ value, goal }: Figure): boolean =>
  goal !== undefined && !MEETS[goal.relation](value, goal.bound);
