/**
 * Owns the log: JSON lines by pino, and Nest's own voice led into it. Does not own what is said.
 * Never hand it a token, code, secret, verifier or password; names that carry them are struck out all the same.
 */
import type { LoggerService } from '@nestjs/common';
import { type DestinationStream, type Logger, pino } from 'pino';

export type { Logger } from 'pino';

const CREDENTIALS = [
  ...['authorization', 'cookie', 'set-cookie', 'password'],
  ...['client_secret', 'token', 'code', 'code_verifier'],
];

/**
 * @param service stands in each line
 * @param level pino's
 * @param destination standard output when left out
 */
export function createLog(service: string, level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: { service },
    redact: CREDENTIALS.flatMap((name) => [`["${name}"]`, `*["${name}"]`, `*.*["${name}"]`]),
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

/** Nest speaks only when something is wrong: its start-up chatter is a debug matter. */
export const nestLogger = (log: Logger): LoggerService => ({
  log: (message: unknown) => {
    log.debug(String(message));
  },
  error: (message: unknown) => {
    log.error(String(message));
  },
  warn: (message: unknown) => {
    log.warn(String(message));
  },
});
