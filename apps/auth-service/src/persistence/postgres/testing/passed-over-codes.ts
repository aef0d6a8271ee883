/** Owns how a spec knows that codes wait for a row that somebody else holds: by what is asked of PostgreSQL. Does not own the waiting. */
import type { CodeRedemption } from '@latchkey/protocol';
import { until } from '@latchkey/tokens/testing';
import type { WatchedDatabase } from './watched-database.js';

/** A parameter of its own, or within the first, where many come together. */
const timesShown = ({ asked }: WatchedDatabase, { codeDigest }: CodeRedemption): number =>
  asked.filter(
    ([sql, sent]) =>
      sql.includes('INSERT INTO auth.grants') && (sent.includes(codeDigest) || String(sent[0]).includes(codeDigest)),
  ).length;

/** Each has been shown to PostgreSQL, was given nothing, and has been shown again. @throws Error when that does not come */
export const allPassedOver = (database: WatchedDatabase, codes: readonly CodeRedemption[]): Promise<void> =>
  until(() => codes.every((each) => timesShown(database, each) >= 2), 'each code was passed over and shown again');
