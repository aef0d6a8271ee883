/**
 * Owns what follows from one snapshot of the stored keys: who signs, what verifies, what the JWKS shows. Immutable, and
 * without I/O. Does not own when a snapshot is read (key-ring).
 */
import { createSecretKey, type KeyObject } from 'node:crypto';
import { isSigningAlgorithm } from '../jws/algorithms.js';
import { openKey, refreshKeyId } from './generate.js';
import { verificationKeyOf, type JwkSet, type PublicJwk } from './jwk.js';
import type { KeyEncryption } from './key-encryption.js';
import type { KeySnapshot, StoredKey } from './key-store.js';
import { LocalSigner } from './local-signer.js';
import { isSymmetric, ringName } from './ring.js';
import type { Signer } from './signer.js';
import type { VerificationKey } from './verification-keys.js';

/** A key that is stored and cannot be opened here: an outage of this instance, never a wrong token. */
export class UnopenedKey {
  constructor(readonly error: Error) {}
}

export interface RefreshKey {
  /** 0 to 65535, written into each refresh token. */
  readonly id: number;
  /** 32 bytes. */
  readonly key: Buffer;
}

export interface HeldKeys {
  readonly snapshot: KeySnapshot;
  /** By the name of the ring. */
  readonly signers: ReadonlyMap<string, Signer | UnopenedKey>;
  /** Announced, active and retired ones. */
  readonly verifiers: ReadonlyMap<string, VerificationKey>;
  /** Those, and the dropped ones that were not killed. */
  readonly hints: ReadonlyMap<string, VerificationKey>;
  readonly jwks: JwkSet;
  readonly refresh: ReadonlyMap<number, RefreshKey | UnopenedKey>;
  readonly currentRefresh: RefreshKey | UnopenedKey | undefined;
  /** Of every stored secret that cannot be opened here, whether it is needed now or not. */
  readonly faults: readonly Error[];
  /** Everything that was opened, by kid, so that a key is opened once in the life of a process. */
  readonly opened: ReadonlyMap<string, KeyObject>;
}

export const HOLDS_NOTHING: HeldKeys = {
  snapshot: { revision: -1, now: 0, keys: [], longest: { tokenSeconds: 0, refreshSeconds: 0 } },
  ...{ signers: new Map(), verifiers: new Map(), hints: new Map(), refresh: new Map(), opened: new Map() },
  ...{ jwks: { keys: [] }, currentRefresh: undefined, faults: [] },
};

/** @throws Error when a stored public key is no key that verifies */
export const hold = (
  snapshot: KeySnapshot,
  encryption: KeyEncryption,
  before: Pick<HeldKeys, 'opened' | 'hints'>,
): HeldKeys => {
  const signers = new Map<string, Signer | UnopenedKey>();
  const verifiers = new Map<string, VerificationKey>();
  const hints = new Map<string, VerificationKey>();
  const refresh = new Map<number, RefreshKey | UnopenedKey>();
  const opened = new Map<string, KeyObject>();
  const jwks: PublicJwk[] = [];
  const faults: Error[] = [];
  let currentRefresh: RefreshKey | UnopenedKey | undefined;
  // A killed key is nobody's.
  for (const key of snapshot.keys.filter(({ killedBy }) => killedBy === null)) {
    const secret = secretOf(key, encryption, before.opened);
    if (secret instanceof UnopenedKey) faults.push(secret.error);
    else if (secret !== undefined) opened.set(key.kid, secret);

    const refreshId = key.ring.algorithm === 'refresh' ? refreshKeyId(key.kid) : undefined;
    if (refreshId !== undefined && secret !== undefined) {
      const held = secret instanceof UnopenedKey ? secret : { id: refreshId, key: secret.export() };
      refresh.set(refreshId, held);
      if (key.state === 'active') currentRefresh = held;
      continue;
    }
    const { algorithm } = key.ring;
    if (!isSigningAlgorithm(algorithm)) continue;

    if (key.publicJwk !== undefined) {
      const jwk: PublicJwk = { ...key.publicJwk, use: 'sig', alg: algorithm, kid: key.kid };
      // A kid is a thumbprint: the same key, and what is remembered of it still holds.
      const verifier = before.hints.get(key.kid) ?? verificationKeyOf(jwk);
      if (verifier === undefined) throw new Error(`The stored public key ${key.kid} cannot verify ${algorithm}.`);
      hints.set(key.kid, verifier);
      if (key.state === 'dropped') continue;
      verifiers.set(key.kid, verifier);
      jwks.push(jwk);
    } else if (secret !== undefined && !(secret instanceof UnopenedKey) && key.ring.audience !== undefined) {
      // RFC 7517 §9.2 forbids to show a symmetric key; it verifies for its one API.
      verifiers.set(key.kid, { kid: key.kid, algorithm, key: secret, soleAudience: key.ring.audience });
    }
    if (key.state === 'active' && secret !== undefined) {
      const signer = secret instanceof UnopenedKey ? secret : new LocalSigner(key.kid, algorithm, secret);
      signers.set(ringName(key.ring), signer);
    }
  }
  return { snapshot, signers, verifiers, hints, jwks: { keys: jwks }, refresh, currentRefresh, faults, opened };
};

const secretOf = (
  key: StoredKey,
  encryption: KeyEncryption,
  before: ReadonlyMap<string, KeyObject>,
): KeyObject | UnopenedKey | undefined => {
  if (key.sealedKey === undefined) return undefined;
  const known = before.get(key.kid);
  if (known !== undefined) return known;
  try {
    const opened = openKey(key, encryption);
    return isSymmetric(key.ring) ? createSecretKey(opened.export()) : opened;
  } catch (error) {
    return new UnopenedKey(error instanceof Error ? error : new Error(`The key ${key.kid} does not open.`));
  }
};
