/**
 * Owns the opening of all that stands in the database under KEY_ENCRYPTION_KEY: signing keys, secrets of clients, the salt of pairwise
 * subjects, the seals of the audit trail. Does not own how each of them is kept.
 */
import type { PairwiseSubjects } from '@latchkey/protocol';
import { KeyEncryption, KeyEncryptionError } from '@latchkey/tokens/issuing';
import type { Logger } from 'pino';
import type { SealSecret } from './admin/clients/client-resource.js';
import { openClientMacKeys } from './client-mac-keys.js';
import type { AuthServiceConfig } from './config.js';
import { type Keys, type KeysParts, openKeys } from './keys.js';
import { openPairwiseSubjects } from './pairwise.js';
import type { PostgresClientMacKeys } from './persistence/postgres/client-mac-keys.js';
import type { Database } from './persistence/postgres/database.js';
import { isKeyOfAnother } from './persistence/postgres/key-witness.js';
import { rotationSpans } from './settings.js';
import type { Truth } from './truth.js';

export interface SecretsParts {
  readonly config: AuthServiceConfig;
  readonly truth: Truth;
  readonly announceKeys: KeysParts['announce'];
  readonly log: Logger;
}

export interface Secrets {
  readonly encryption: KeyEncryption;
  readonly keys: Keys;
  readonly clientMacKeys: PostgresClientMacKeys;
  /** A client's secret as it is kept beside its digest. */
  readonly sealSecret: SealSecret;
  readonly pairwise: PairwiseSubjects;
  /** For whoever seals the audit trail, and whoever verifies it. */
  readonly sealing: { readonly database: Database; readonly macKeys: readonly [Buffer, ...Buffer[]] };
}

/** @throws KeyEncryptionError when KEY_ENCRYPTION_KEY is not the one of this database; Unavailable */
export async function openSecrets({ config, truth, announceKeys, log }: SecretsParts): Promise<Secrets> {
  const { database, stores } = truth;
  const encryption = new KeyEncryption(
    config.keyEncryptionKey,
    config.keyEncryptionKeyPrevious === undefined ? [] : [config.keyEncryptionKeyPrevious],
  );
  const sealing = { database, macKeys: encryption.deriveEach('audit seals', 32) };
  if (await isKeyOfAnother(database, sealing.macKeys)) {
    throw new KeyEncryptionError(
      'The audit trail in this database was sealed under another KEY_ENCRYPTION_KEY, and no key is left that this one opens. ' +
        'Start with the one of the system that was restored, or give it as KEY_ENCRYPTION_KEY_PREVIOUS.',
    );
  }
  const clientMacKeys = await openClientMacKeys({ database, encryption, log });
  return {
    ...{ encryption, clientMacKeys, sealing },
    sealSecret: (clientId, secret) => clientMacKeys.seal(clientId, secret),
    keys: await openKeys({
      ...{ store: stores.keys, encryption, spans: rotationSpans(config), log },
      announce: announceKeys,
    }),
    pairwise: await openPairwiseSubjects({ store: stores.pairwiseSalt, encryption, log }),
  };
}
