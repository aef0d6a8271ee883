// Owns: how far a long step has come and how long it may still take, said now and then. Does not own: where it is said.

export type Tell = (line: string) => void;

/** To be called with how much is done; @param detail in place of "done of all", where what is counted says nothing to a reader */
export type Step = (done: number, detail?: string) => void;

export interface Progress {
  readonly tell: Tell;
  /** @param all in any unit, as long as `done` has the same; what is done so far foretells what is left */
  of(what: string, all: number, options?: { readonly everyMs?: number }): Step;
}

const EVERY_MS = 5000;

export const counted = (n: number): string => n.toLocaleString('en');

/** Says nothing before the first five seconds: what is over by then needs no estimate. @param now milliseconds, monotonic */
export function progressTo(tell: Tell, now: () => number = () => performance.now()): Progress {
  return {
    tell,
    of: (what, all, { everyMs = EVERY_MS } = {}) => {
      const began = now();
      let last = began;
      return (done, detail = `${counted(done)} of ${counted(all)}`) => {
        const at = now();
        if (at - last < everyMs) return;
        last = at;
        tell(`${what}: ${detail}; ${left(at - began, done, all)}`);
      };
    },
  };
}

function left(tookMs: number, done: number, all: number): string {
  if (done <= 0) return 'nobody can say how long yet';
  return `${some(((tookMs / done) * Math.max(0, all - done)) / 1000)} left`;
}

/** A time that is only guessed. */
export const some = (seconds: number): string =>
  seconds < 90 ? `some ${seconds.toFixed(0)} s` : `some ${(seconds / 60).toFixed(0)} min`;

/** Each line with the seconds since now before it. */
export function stamped(write: (text: string) => void, now: () => number = () => performance.now()): Tell {
  const began = now();
  return (line) => {
    write(`${((now() - began) / 1000).toFixed(0).padStart(4)} s  ${line}\n`);
  };
}
