/** Owns in what order installations grow and are asked, how often and for how long. Pure. Does not own the asking (run-scale). */
import { allRoundsSeconds } from '../expected-seconds.js';
import type { Respect } from '../result.js';
import type { Size } from '../rounds.js';
import { QUESTIONS, type Question } from './questions.js';
import { stagesOf, type Growing, type Growth } from './sizes.js';

/** Those that are asked beside the small one. */
export interface Sitting<R extends Respect = Respect> {
  readonly large: readonly Growth<R>[];
  readonly questions: readonly Question[];
  readonly size: Size;
}

/** Of each row that is written, where three installations are filled at once. */
const SECONDS_PER_ROW = 0.0002;
export const TWO = 2;

/** Shorter rounds, and no more than three: every size is told beside the small one, in turn with which it was measured. */
export const endsOf = (size: Size): Size => ({
  ...size,
  rounds: Math.min(size.rounds, 3),
  secondsPerRound: size.secondsPerRound / 3,
  warmUpSeconds: size.warmUpSeconds / 2,
  requestsPerRound: Math.ceil(size.requestsPerRound / 3),
});
const betweenOf = (size: Size): Size => ({ ...endsOf(size), rounds: Math.min(size.rounds, 2) });

/** The stages in which installations grow to many. */
export const growing = (many: number, size: Size): readonly Sitting<Growing>[] =>
  stagesOf(many).map((large, n, all) =>
    n === all.length - 1
      ? { large, questions: QUESTIONS, size: endsOf(size) }
      : { large, questions: QUESTIONS.filter(({ between }) => between), size: betweenOf(size) },
  );

/** Each of two processes gets half of the requests: it takes twice as long until it is warm. */
export const twoProcesses = (size: Size): Sitting => {
  const ends = endsOf(size);
  return {
    large: [{ respect: 'processes', size: TWO }],
    questions: QUESTIONS,
    size: { ...ends, warmUpSeconds: TWO * ends.warmUpSeconds, warmUpRequests: TWO * ends.warmUpRequests },
  };
};

/** All of it. */
export function scaleSeconds(many: number, size: Size): number {
  const sittings = [...growing(many, size), twoProcesses(size)];
  const asking = sittings.flatMap((sitting) => sitting.questions.map((question) => questionSeconds(question, sitting)));
  return growthSeconds(many) + asking.reduce((sum, seconds) => sum + seconds, 0);
}

export const growthSeconds = (rows: number): number => rows * SECONDS_PER_ROW;

/** Of those that answer it, the small one among them. */
export function questionSeconds(question: Question, { large, size }: Sitting): number {
  const asked = large.filter(({ respect }) => question.respects.includes(respect)).length;
  return asked === 0 ? 0 : allRoundsSeconds(question, size, asked + 1);
}
