/**
 * Owns the port through which a seed is made true: one transaction, one instance at a time. Does not own SQL (persistence), nor
 * what a seed says.
 */
import type { Api } from '@latchkey/protocol';
import type { ApiChange } from '../admin/apis/api-ports.js';
import type { ClientChange } from '../admin/clients/client-ports.js';
import type { AuditRecord, KeptSecret, NewClient, RegisteredClient } from '../admin/ports.js';
import type { NewPerson, UserChange, UserRecord } from '../admin/users/user-ports.js';

/** What is read is locked until the end, and nobody else changes it. */
export interface SeedTransaction {
  /** Those of the issuer itself as well. */
  apis(): Promise<readonly Api[]>;
  createApi(api: Api, audit: AuditRecord): Promise<void>;
  /** With the revocation of what is taken away (admin-api.md A9), and its record. */
  changeApi(before: Api, change: ApiChange): Promise<void>;
  /** `deleted`: nobody, and its id is given to nobody else. */
  client(clientId: string): Promise<RegisteredClient | 'deleted' | undefined>;
  createClient(client: NewClient, audit: AuditRecord): Promise<void>;
  /** With its revocation. `last`: nobody could administer any more. */
  changeClient(change: ClientChange): Promise<'changed' | 'last'>;
  /** For one that had none. */
  giveSecret(clientId: string, secret: KeptSecret): Promise<void>;
  /** By the name as it is compared at log-in. */
  person(username: string): Promise<UserRecord | undefined>;
  createPerson(person: NewPerson, audit: AuditRecord): Promise<void>;
  changePerson(sub: string, change: UserChange): Promise<void>;
}

export interface SeedStore {
  /**
   * @param commit false: whatever `work` did is undone, and what it found is the answer
   * @returns `busy`: another instance is at it
   * @throws Unavailable; whatever `work` throws, and then nothing was done
   */
  run<Result>(
    commit: boolean,
    work: (transaction: SeedTransaction) => Promise<Result>,
  ): Promise<{ readonly result: Result } | 'busy'>;
}
