/**
 * Owns the salt of pairwise subjects (OpenID Connect Core §8.1): made once, sealed under KEY_ENCRYPTION_KEY, sealed anew when
 * that is replaced, and never another. Does not own the algorithm (protocol), nor the row (persistence).
 */
import { randomBytes } from 'node:crypto';
import { createPairwiseSubjects, PAIRWISE_SALT_BYTES, type PairwiseSubjects } from '@latchkey/protocol';
import type { KeyEncryption } from '@latchkey/tokens/issuing';
import type { Logger } from 'pino';

export interface PairwiseSaltStore {
  /** As it is sealed; undefined before the first start. @throws Unavailable */
  find(): Promise<string | undefined>;
  /** Kept if there is none: of many at once one. @throws Unavailable */
  offer(sealed: string): Promise<void>;
  /** `changed`: somebody else was there before, and nothing is written. @throws Unavailable */
  reseal(from: string, to: string): Promise<'resealed' | 'changed'>;
}

export interface PairwiseParts {
  readonly store: PairwiseSaltStore;
  readonly encryption: KeyEncryption;
  readonly log: Logger;
}

/** By it the sealed text opens as this and as nothing else. */
const ADDITIONAL_DATA = 'pairwise salt';

/** @throws KeyEncryptionError when none of the given keys opens it; Unavailable */
export async function openPairwiseSubjects({ store, encryption, log }: PairwiseParts): Promise<PairwiseSubjects> {
  if ((await store.find()) === undefined) {
    await store.offer(encryption.seal(randomBytes(PAIRWISE_SALT_BYTES), ADDITIONAL_DATA));
  }
  // Whoever's was kept: all instances name people alike.
  const sealed = await store.find();
  if (sealed === undefined) throw new Error('The salt of pairwise subjects was offered, and is not there.');
  const salt = encryption.open(sealed, ADDITIONAL_DATA);
  if (!encryption.isCurrent(sealed)) {
    const outcome = await store.reseal(sealed, encryption.seal(salt, ADDITIONAL_DATA));
    log.info({ outcome }, 'the salt of pairwise subjects is sealed with the new KEY_ENCRYPTION_KEY');
  }
  return createPairwiseSubjects(salt);
}
