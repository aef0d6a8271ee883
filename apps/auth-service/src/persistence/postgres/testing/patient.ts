/**
 * Owns how long specs wait for PostgreSQL: what they test is who wins, not how soon, and a machine that is busy with other
 * things is no broken database; some fill tables with hundreds of thousands of rows, and some look until somebody waits for a lock.
 * Does not own the time-outs of the service (data-source).
 */
export const PATIENT = { connectTimeoutMs: 60_000, statementTimeoutMs: 240_000, lockWaitMs: 240_000 } as const;
