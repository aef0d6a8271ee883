/**
 * Owns the reads of what is registered that may be remembered, each in one statement with the revision of the same snapshot. Does not own
 * the remembering (registry), nor the raising of the revision (a trigger of the first tables), nor what operators read (the stores).
 */
import type { Api } from '@latchkey/protocol';
import type { RegisteredClient } from '../../admin/ports.js';
import type { RegistryReads, Stamped } from '../../registry/registry-ports.js';
import { API_COLUMNS, apiFrom, type ApiColumns } from './api-row.js';
import { CLIENT_COLUMNS, clientFrom, type ClientColumns } from './client-columns.js';
import type { Statements } from './database.js';

const REVISION = 'r.revision::float8 AS registry_revision';

interface Revised {
  readonly registry_revision: number;
}

/**
 * Whatever they select from another table than `registry_revision` is of a table whose changes raise it. One row at least, so that the
 * revision is told of nothing too.
 */
export const REGISTRY_READS = {
  client: `SELECT ${REVISION}, ${CLIENT_COLUMNS}
    FROM auth.registry_revision r LEFT JOIN auth.clients c ON c.client_id = $1 AND c.deleted_at IS NULL`,
  apis: `SELECT ${REVISION}, ${API_COLUMNS}
    FROM auth.registry_revision r LEFT JOIN auth.apis a ON true ORDER BY a.created_at, a.identifier COLLATE "C"`,
  generation: `SELECT ${REVISION}, i.generation FROM auth.registry_revision r, auth.issuer_state i`,
} as const;

export class PostgresRegistryReads implements RegistryReads {
  constructor(
    private readonly database: Statements,
    private readonly fixed: readonly Api[],
  ) {}

  async client(clientId: string): Promise<Stamped<RegisteredClient | undefined>> {
    // PostgreSQL's text cannot hold U+0000; no client has such an id.
    if (clientId.includes('\u0000')) return { value: undefined, revision: await this.revision() };
    const { rows } = await this.database.run<Revised & (ClientColumns | { readonly client_id: null })>(
      REGISTRY_READS.client,
      [clientId],
    );
    const row = firstOf(rows);
    return { value: row.client_id === null ? undefined : clientFrom(row), revision: row.registry_revision };
  }

  async apis(): Promise<Stamped<readonly Api[]>> {
    const { rows } = await this.database.run<Revised & (ApiColumns | { readonly identifier: null })>(
      REGISTRY_READS.apis,
    );
    const registered = rows.flatMap((row) => (row.identifier === null ? [] : [apiFrom(row)]));
    return { value: [...this.fixed, ...registered], revision: firstOf(rows).registry_revision };
  }

  async generation(): Promise<Stamped<number>> {
    const { rows } = await this.database.run<Revised & { readonly generation: number }>(REGISTRY_READS.generation);
    const { generation, registry_revision: revision } = firstOf(rows);
    return { value: generation, revision };
  }

  async revision(): Promise<number> {
    const { rows } = await this.database.run<Revised>(`SELECT ${REVISION} FROM auth.registry_revision r`);
    return firstOf(rows).registry_revision;
  }
}

const firstOf = <Row>([first]: readonly Row[]): Row => {
  if (first === undefined) throw new Error('The registry has no revision: the schema was not made by our migrations.');
  return first;
};
