/**
 * Owns what an API's own tests need: an issuer in memory that mints tokens and revokes them, with keys and a feed to hand
 * to the module. Does not own HTTP: nothing listens, nothing is fetched.
 */
import { randomUUID } from 'node:crypto';
import {
  MemoryWire,
  type AccessTokenClaims,
  type LeaseReport,
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
  /** A feed for one guard; as many as are wanted. Whoever announces itself there is acknowledged at once. */
  feed(): RevocationFeed;
  /** A good token for this API; any claim may be overridden, undefined removes one. */
  mint(claims?: Readonly<Partial<Record<keyof AccessTokenClaims, unknown>>>): string;
  /** Known to every guard on return. `generation` for subject, client and issuer. */
  revoke(kind: RevocationKind, value: string, generation?: number): Promise<void>;
  /** No more watermarks, and no guard is acknowledged: knowledge grows old, until resume. */
  silence(): void;
  resume(): Promise<void>;
  close(): void;
}

const EPOCH = 1;
const WATERMARK_INTERVAL_MS = 50;
const LONGEST_LIFETIME_SECONDS = 86_400;

export async function testIssuer(
  options: { readonly issuer?: string; readonly audience?: string } = {},
): Promise<TestIssuer> {
  const { issuer = 'http://localhost:4000', audience = 'http://localhost:4002' } = options;
  const keys = testKeys();
  const wire = new MemoryWire(machineClock);
  await wire.beginEpoch(EPOCH);
  // An issuer enters guards in a register first, for its receipts; this one gives none.
  const waiting = new Set<LeaseReport>();
  let silent = false;
  const round = async (): Promise<void> => {
    for (const report of waiting) await wire.acknowledgeGuard(EPOCH, report);
    waiting.clear();
    await wire.watermark(EPOCH, { at: machineClock.now(), longestLifetimeSeconds: LONGEST_LIFETIME_SECONDS });
  };
  let timer: NodeJS.Timeout | undefined;
  const silence = (): void => {
    silent = true;
    clearInterval(timer);
  };
  const resume = async (): Promise<void> => {
    silence();
    silent = false;
    timer = setInterval(() => void round(), WATERMARK_INTERVAL_MS).unref();
    await round();
  };
  const feed = (): RevocationFeed => {
    const end = wire.feed();
    return {
      start: (listener) => {
        end.start(listener);
      },
      writeLease: async (report, writing) => {
        const answer = await end.writeLease(report, writing);
        if (writing === 'new') waiting.add(report);
        if (waiting.size > 0 && !silent) await round();
        return answer;
      },
      close: () => end.close(),
    };
  };
  await resume();
  return {
    ...{ issuer, audience, keys, kid: keys.kid, jwks: keys.jwks, silence, resume, close: silence },
    feed,
    mint: (claims = {}) => mintAccessToken({ iss: issuer, aud: audience, ...claims }, { signer: keys.signer }),
    revoke: async (kind, value, generation) => {
      const expiresAt = kind === 'key' ? null : Math.floor(machineClock.now() / 1000) + 3600;
      const entry: RevocationEntry = { id: randomUUID(), kind, value, expiresAt };
      await wire.append(EPOCH, [generation === undefined ? entry : { ...entry, generation }], false);
    },
  };
}
