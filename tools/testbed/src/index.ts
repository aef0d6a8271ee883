// The real things that tests and `npm start` stand on: PostgreSQL, Redis, Chromium, processes. No mocks, and nothing of our own packages.
export { makeCertificate, type TestCertificate } from './certificate.js';
export { chromiumArguments, findChromium } from './chromium.js';
export type { DatabaseTemplate } from './database-template.js';
export { startDebianPostgres } from './debian-postgres.js';
export { startEmbeddedPostgres } from './embedded-postgres.js';
export { freePort } from './free-port.js';
export type { PostgresOptions, PostgresServer } from './postgres-server.js';
export { startRedis, testRedis, type RedisOptions, type RedisServer } from './redis.js';
export { startProcess, type ProcessOptions, type StartedProcess } from './start-process.js';
export { tlsHandshake } from './tls-handshake.js';
export { createTestDatabase, startTestPostgres, type TestDatabase, type TestPostgres } from './test-postgres.js';
