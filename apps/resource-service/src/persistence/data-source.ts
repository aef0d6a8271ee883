/**
 * Owns the connection to PostgreSQL: the pool and its time limits. Does not own the statements (notes-store) nor how the
 * schema is made current (migrate-schema).
 */
import pg from 'pg';
import { DataSource } from 'typeorm';
import { CreateNotes1764000000000 } from './create-notes.js';
import { NoteTable } from './note-entity.js';

export interface DatabaseOptions {
  readonly url: string;
  /** Connections at most. */
  readonly poolSize: number;
  /** Milliseconds; 0 for none. */
  readonly statementTimeoutMs: number;
}

const CONNECT_TIMEOUT_MS = 3000;

/** Not yet connected. `synchronize` never: the shapes come from migrations alone. */
export const dataSource = ({ url, poolSize, statementTimeoutMs }: DatabaseOptions): DataSource =>
  new DataSource({
    ...{ type: 'postgres', driver: pg, url, schema: 'notes', poolSize },
    entities: [NoteTable],
    migrations: [CreateNotes1764000000000],
    migrationsTableName: 'migrations',
    synchronize: false,
    migrationsRun: false,
    installExtensions: false,
    logging: false,
    // TypeORM's default returns the first row for { id: undefined }.
    invalidWhereValuesBehavior: { null: 'throw', undefined: 'throw' },
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    applicationName: 'latchkey-resource',
    // An idle connection broke; the pool replaces it, and whoever needs one meanwhile hears Unavailable.
    poolErrorHandler: () => undefined,
    extra: {
      ...(statementTimeoutMs === 0
        ? {}
        : { statement_timeout: statementTimeoutMs, query_timeout: statementTimeoutMs + 500 }),
      keepAlive: true,
    },
  });
