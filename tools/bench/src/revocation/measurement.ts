/** Owns what a measurement is and what it finds. Does not own how one is run or printed. */

export interface Goal {
  readonly relation: '<' | '≤';
  readonly bound: number;
}

export interface Figure {
  /** Unique among all figures. */
  readonly what: string;
  /** Lower is better. */
  readonly value: number;
  /** `×` for a ratio. */
  readonly unit: 'ns' | 'ms' | 's' | 'bytes' | 'calls' | '×';
  /** Absent where the figure only informs. */
  readonly goal?: Goal;
}

export interface Measurement {
  readonly name: string;
  /** In how many fresh processes it is taken, each as cold as a guard that has just started; the lowest counts. */
  readonly rounds: number;
  run(): Promise<readonly Figure[]>;
}

export const under = (bound: number): Goal => ({ relation: '<', bound });
export const atMost = (bound: number): Goal => ({ relation: '≤', bound });

export const isMissed = ({ value, goal }: Figure): boolean => {
  if (goal === undefined) return false;
  // Not a number is no success.
  return goal.relation === '<' ? !(value < goal.bound) : !(value <= goal.bound);
};
