/** Placeholder body follows. */
import type { Clock } from '../time.js';
import type { VerificationKey, VerificationKeys } from './verification-keys.js';

export type RemoteKeysEvent =
  { readonly type: 'loaded'; readonly kids: readonly string[] } | { readonly type: 'failed'; readonly error: unknown };

export interface RemoteKeysOptions {
  readonly issuer: string;
  /** The origin by which this process reaches the issuer, where it is not the public one. */
  readonly internalUrl?: string;
  readonly fetch?: typeof fetch;
  readonly clock: Clock;
  /** An unknown kid makes us ask at most once in this time; default 10000. */
  readonly cooldownMs?: number;
  /** For each of the two requests; default 3000. */
  readonly timeoutMs?: number;
  readonly onEvent?: (event: RemoteKeysEvent) => void;
}

export class RemoteKeys implements VerificationKeys {
  readonly loaded: boolean = false;
  constructor(readonly options: RemoteKeysOptions) {}
  start(): void {}
  find(_kid: string): VerificationKey | undefined {
    return undefined;
  }
  refresh(): Promise<void> {
    return Promise.resolve();
  }
  changed(): Promise<void> {
    return Promise.resolve();
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
}
