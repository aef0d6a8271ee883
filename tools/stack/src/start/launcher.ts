// Owns: hearing that the npm of `npm start` has ended, in whatever way: kill -9 leaves it no time to say so. Does not own: what is done then.

/**
 * The script says `exec`: npm is our parent, and not a shell of which npm is the parent. That shell has said who its parent was, since npm may
 * have ended while node was still starting; without a shell that says so, whoever is our parent is.
 */
export const npmOf = (said: string | undefined, parentNow: number): number => {
  const pid = Number(said);
  return Number.isSafeInteger(pid) && pid > 0 ? pid : parentNow;
};

const npm = npmOf(process.argv[2], process.ppid);

const LOOK_MS = 500;

/**
 * Whose child the stack is now says it: whoever takes in an orphan, process 1 or another, is not the npm that it began with.
 * In a container npm may be process 1 itself.
 */
export const npmHasEnded = (npm: number, parentNow: number): boolean => parentNow !== npm;

/**
 * Calls back once. Whoever starts the stack without npm may leave, as does the shell behind which npm itself is started (`npm start &`, nohup):
 * only the npm that waits for the stack counts.
 */
export function whenNpmHasEnded(env: NodeJS.ProcessEnv, ended: () => void): void {
  if (env['npm_lifecycle_event'] !== 'start') return;
  const looking = setInterval(() => {
    if (!npmHasEnded(npm, process.ppid)) return;
    clearInterval(looking);
    ended();
  }, LOOK_MS);
  looking.unref();
}
