/**
 * Owns the signer that holds its private key in this process and answers at once.
 * Does not own the key's life (key-ring) nor its sealing (key-encryption).
 */
import type { KeyObject } from 'node:crypto';
import type { SigningAlgorithm } from '../jws/algorithms.js';
import { keyFits, signInput } from '../jws/signature.js';
import type { Signer } from './signer.js';

export class LocalSigner implements Signer {
  readonly #key: KeyObject;

  /** @throws TypeError when the key is not one that can sign with this algorithm. */
  constructor(
    readonly kid: string,
    readonly algorithm: SigningAlgorithm,
    key: KeyObject,
  ) {
    if (key.type === 'public' || !keyFits(algorithm, key)) {
      throw new TypeError(`The key ${kid} cannot sign with ${algorithm}.`);
    }
    this.#key = key;
  }

  sign(signingInput: string): Buffer {
    return signInput(this.algorithm, this.#key, signingInput);
  }
}
