/** Owns a register of clients for specs of the admin API's manners. Does not own SQL: the stores' own suites test that. */
import type { ClientPage, ClientPosition, ClientRegistry } from '../clients/client-ports.js';
import type { AuditRecord, NewClient, RegisteredClient } from '../ports.js';

export class RegisterInMemory implements ClientRegistry {
  readonly clients: RegisteredClient[] = [];
  readonly audit: AuditRecord[] = [];
  /** Set: what every call rejects with. */
  broken: Error | undefined;

  insert(client: NewClient, audit: AuditRecord): Promise<RegisteredClient> {
    if (this.broken !== undefined) return Promise.reject(this.broken);
    const { secretDigest, secretSealed, ...fields } = client;
    const secretDigests = secretDigest === undefined ? [] : [secretDigest];
    const secretsSealed = secretDigest === undefined || secretSealed !== undefined;
    const registered = {
      ...{ ...fields, secretDigests, secretsSealed },
      ...{ enabled: true, generation: 0, createdAt: 1_800_000_000 },
    };
    this.clients.push(registered);
    this.audit.push(audit);
    return Promise.resolve(registered);
  }

  list({ limit, after }: Parameters<ClientRegistry['list']>[0]): Promise<ClientPage> {
    if (this.broken !== undefined) return Promise.reject(this.broken);
    const key = ({ createdAt, clientId }: ClientPosition): string => `${createdAt}.${clientId}`;
    const rest = this.clients
      .toSorted((a, b) => (key(a) < key(b) ? -1 : 1))
      .filter((client) => after === undefined || key(client) > key(after));
    const items = rest.slice(0, limit);
    const last = items.at(-1);
    return Promise.resolve({ items, ...(rest.length > limit && last !== undefined ? { next: last } : {}) });
  }

  find(clientId: string): Promise<RegisteredClient | undefined> {
    if (this.broken !== undefined) return Promise.reject(this.broken);
    return Promise.resolve(this.clients.find((client) => client.clientId === clientId));
  }
}
