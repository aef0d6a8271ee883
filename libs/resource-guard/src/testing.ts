/**
 * Owns what an API's own tests need: an issuer in memory that mints tokens and revokes them, with keys and a feed to hand
 * to the module. Does not own HTTP: nothing listens, nothing is fetched.
 */
import { randomUUID } from 'node:crypto';
import {
  MemoryWire,
  type AccessTokenClaims,
  type RevocationEntry,
  type RevocationFeed,
  type RevocationKind,
  type VerificationKeys,
} from '@latchkey/tokens';
import { mintAccessToken, testKeys } from '@latchkey/tokens/testing';
import { machineClock } from './machine-clock.js';

export interface TestIssuer {
  readonly issuer: string;
  readonly audience: string;
  readonly keys: VerificationKeys;
  /** Of its one key. */
  readonly kid: string;
  /** The JWK Set, for a test that serves it over HTTP. */
  readonly jwks: { readonly keys: readonly object[] };
  /** A feed for one guard; as many as are wanted. */
  feed(): RevocationFeed;
  /** A good token for this API; any claim may be overridden, undefined removes one. */
  mint(claims?: Readonly<Partial<Record<keyof AccessTokenClaims, unknown>>>): string;
  /** Known to every guard on return. `generation` for subject, client and issuer. */
  revoke(kind: RevocationKind, value: string, generation?: number): Promise<void>;
  /** No more watermarks: knowledge grows old, until resume. */
  silence(): void;
  resume(): Promise<void>;
  close(): void;
}

const EPOCH = 1;
const WATERMARK_INTERVAL_MS = 50;

export async function testIssuer(
  options: { readonly issuer?: string; readonly audience?: string } = {},
): Promise<TestIssuer> {
  const { issuer = 'http://localhost:4000', audience = 'http://localhost:4002' } = options;
  const keys = testKeys();
  const wire = new MemoryWire(machineClock);
  await wire.beginEpoch(EPOCH);
  const watermark = async (): Promise<void> => {
    await wire.watermark(EPOCH, machineClock.now());
  };
  let timer: NodeJS.Timeout | undefined;
  const silence = (): void => {
    clearInterval(timer);
  };
  const resume = async (): Promise<void> => {
    silence();
    timer = setInterval(() => void watermark(), WATERMARK_INTERVAL_MS).unref();
    await watermark();
  };
  await resume();
  return {
    ...{ issuer, audience, keys, kid: keys.kid, jwks: keys.jwks, silence, resume, close: silence },
    feed: () => wire.feed(),
    mint: (claims = {}) => mintAccessToken({ iss: issuer, aud: audience, ...claims }, { signer: keys.signer }),
    revoke: async (kind, value, generation) => {
      const expiresAt = kind === 'key' ? null : Math.floor(machineClock.now() / 1000) + 3600;
      const entry: RevocationEntry = { id: randomUUID(), kind, value, expiresAt };
      await wire.append(EPOCH, [generation === undefined ? entry : { ...entry, generation }]);
    },
  };
}
