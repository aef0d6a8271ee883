/** Owns the port to the log; pino's logger fits. Does not own what is written: never a token, a claim or a header. */

type Write = (detail: Readonly<Record<string, unknown>>, message: string) => void;

export interface GuardLog {
  readonly debug: Write;
  readonly info: Write;
  readonly warn: Write;
}

export const silentLog: GuardLog = { debug: () => undefined, info: () => undefined, warn: () => undefined };
