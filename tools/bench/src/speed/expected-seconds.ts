/** Owns how long rounds are likely to take: for the estimate alone. Does not own the rounds. */
import type { Size } from './rounds.js';
import type { Workload } from './workload.js';

/** Connections are opened, and /proc is read. */
const BETWEEN_ROUNDS_SECONDS = 0.3;

/** One round of one entrant, with what is brought before it; the warm-up counts as a round, as long as the mean of all. */
export const roundSeconds = (
  { secondsToBring = 0 }: Pick<Workload, 'secondsToBring'>,
  { rounds, secondsPerRound, warmUpSeconds, requestsPerRound }: Size,
): number =>
  (warmUpSeconds + rounds * secondsPerRound) / (rounds + 1) +
  BETWEEN_ROUNDS_SECONDS +
  secondsToBring * requestsPerRound;

/** All rounds of so many entrants. */
export const allRoundsSeconds = (workload: Pick<Workload, 'secondsToBring'>, size: Size, entrants: number): number =>
  entrants * (size.rounds + 1) * roundSeconds(workload, size);
