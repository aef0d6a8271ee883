/**
 * Owns how long specs wait for PostgreSQL: what they test is who wins, not how soon, and a machine that is busy with other
 * things is no broken database. Does not own the time-outs of the service (data-source).
 */
export const PATIENT = { connectTimeoutMs: 30_000, statementTimeoutMs: 30_000 } as const;
