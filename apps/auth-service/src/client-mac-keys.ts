/**
 * Owns that the sealed secrets of clients follow KEY_ENCRYPTION_KEY at the start, and what the log hears of it. Does not own how they
 * are kept (persistence).
 */
import type { KeyEncryption } from '@latchkey/tokens/issuing';
import type { Logger } from 'pino';
import { PostgresClientMacKeys } from './persistence/postgres/client-mac-keys.js';
import type { Database } from './persistence/postgres/database.js';

/** @throws Unavailable */
export async function openClientMacKeys(parts: {
  readonly database: Database;
  readonly encryption: KeyEncryption;
  readonly log: Logger;
}): Promise<PostgresClientMacKeys> {
  const keys = new PostgresClientMacKeys(parts.database, parts.encryption);
  const { resealed, lost } = await keys.reseal();
  if (resealed > 0) parts.log.info({ resealed }, 'secrets of clients were sealed anew');
  // They prove what they proved before; only HS256 needs what is sealed.
  if (lost > 0)
    parts.log.warn({ lost }, 'secrets of clients were sealed with another KEY_ENCRYPTION_KEY: HS256 needs new ones');
  return keys;
}
