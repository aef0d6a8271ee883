/** Owns when an application is told again that did not listen, as arithmetic. Does not own the telling. */

const FIRST_SECONDS = 10;
const LONGEST_SECONDS = 2 * 3600;
/** Beyond this age nobody tries any more. */
const GIVEN_UP_SECONDS = 24 * 3600;

/**
 * 10 s, 20 s, 40 s … at most two hours, each between 3/4 and 5/4 of that, so that a crowd does not come back as one.
 * @param tries that have failed; 1 after the first
 * @param random between 0 and 1
 * @returns seconds from now; undefined when the day is over
 */
export function againInSeconds(tries: number, ageSeconds: number, random = Math.random()): number | undefined {
  const seconds = Math.min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** Math.min(tries - 1, 30)) * (0.75 + random / 2);
  return ageSeconds + seconds > GIVEN_UP_SECONDS ? undefined : seconds;
}
