/**
 * Owns the composition of one guard: keys of the issuer, revocations from the feed, its membership among the guards that
 * the issuer knows, the verifier, the admission; and what an operator may know of it. Does not own a framework (nest/), nor a wire (the feed is passed in).
 */
import {
  AccessTokenVerifier,
  GuardMembership,
  RemoteKeys,
  RevocationKnowledge,
  SharedSecrets,
  type Clock,
  type RevocationFeed,
  type SharedSecret,
  type VerificationKeys,
} from '@latchkey/tokens';
import { Admission, type Admittance, type AdmissionReason, type AdmissionRequest } from './admission.js';
import { silentLog, type GuardLog } from './guard-log.js';
import { machineClock } from './machine-clock.js';
import { resourceMetadataUrl } from './resource-metadata.js';

export interface ResourceGuardOptions {
  /** Exactly as it stands in `iss`. */
  readonly issuer: string;
  /** The address by which this process reaches the issuer, where it differs. */
  readonly issuerInternalUrl?: string | undefined;
  /** The identifier of this API: what `aud` must contain. */
  readonly audience: string;
  /** Which service this is, for an operator who reads the list of guards. Default: the audience. */
  readonly service?: string | undefined;
  /** Where revocations are heard and this guard is announced; RedisFeed of @latchkey/tokens/redis. */
  readonly feed: RevocationFeed;
  /** Where keys are found; the issuer's JWKS when left out. */
  readonly keys?: VerificationKeys | undefined;
  /**
   * For an API whose tokens are signed HS256: what it shares with the issuer, two live values while that is rotated. Each
   * verifies only tokens for this audience alone.
   */
  readonly sharedSecrets?: readonly SharedSecret[] | undefined;
  /** How old the knowledge of revocations may be, in milliseconds. Default 5000. */
  readonly maxStalenessMs?: number | undefined;
  /** What happens beyond that: 503, or admit all the same. Default `refuse`. */
  readonly onStale?: 'refuse' | 'allow' | undefined;
  /** How often the issuer writes watermarks (its WATERMARK_INTERVAL_MS); no bound may be under four of them. Default 100. */
  readonly watermarkIntervalMs?: number | undefined;
  /** Tokens made for longer than this are refused. Without it: for longer than any that the issuer has ever made. */
  readonly maxLifetimeSeconds?: number | undefined;
  /** `realm` of the challenges. */
  readonly realm?: string | undefined;
  readonly clock?: Clock | undefined;
  readonly log?: GuardLog | undefined;
}

/** For /readyz and /metrics. */
export interface GuardStatus {
  /**
   * Keys and one complete set of revocations have been loaded, and the issuer has acknowledged this guard. Once true it
   * stays true until close().
   */
  readonly ready: boolean;
  readonly keysLoaded: boolean;
  /** Newer keys of the issuer were announced, or may have been, and are not here yet: an unknown key is answered 503. */
  readonly keysOutdated: boolean;
  /** A complete set is there; false again for as long as a wire that was lost is read anew. */
  readonly revocationsLoaded: boolean;
  /** Unique to this guard's life: by it the issuer lists it and names it in receipts. */
  readonly guardId: string;
  /** The issuer has acknowledged it, and has not lost sight of it since. */
  readonly registered: boolean;
  /** The last confirmed renewal of its lease is younger than `maxStalenessMs`. */
  readonly leaseHeld: boolean;
  /** Milliseconds since just before that renewal was sent; infinite before the first. */
  readonly leaseAgeMs: number;
  /**
   * The knowledge is older than the bound, or not there, or the lease is not held: requests are answered 503, unless
   * `onStale` is `allow`.
   */
  readonly fenced: boolean;
  /** Milliseconds; infinite before the first complete load. */
  readonly knowledgeAgeMs: number;
  readonly entriesHeld: number;
  /** How many requests were answered in each way since the start. */
  readonly answers: ReadonlyMap<'admitted' | AdmissionReason, number>;
}

const DEFAULT_MAX_STALENESS_MS = 5000;
const DEFAULT_WATERMARK_INTERVAL_MS = 100;
const WATERMARKS_PER_BOUND = 4;

export class ResourceGuard {
  /** In milliseconds; no deployment and no route may set a bound below it (revocation.md V12). */
  readonly smallestBoundMs: number;
  readonly #maxStalenessMs: number;
  readonly #knowledge: RevocationKnowledge;
  readonly #membership: GuardMembership;
  readonly #keys: VerificationKeys;
  readonly #admission: Admission;
  readonly #log: GuardLog;
  readonly #answers = new Map<'admitted' | AdmissionReason, number>();
  readonly #stop: () => Promise<void>;
  #undecided = false;

  /**
   * Returns at once; loads keys and revocations and registers in the background, trying again until it is closed: whether
   * the issuer and the wire answer is seen in status() and in 503s.
   *
   * @throws Error when the settings contradict each other, or a shared secret is none; it never shows one.
   */
  static start(options: ResourceGuardOptions): ResourceGuard {
    return new ResourceGuard(options);
  }

  private constructor(options: ResourceGuardOptions) {
    const { clock = machineClock, log = silentLog, onStale = 'refuse' } = options;
    this.#log = log;
    this.#maxStalenessMs = options.maxStalenessMs ?? DEFAULT_MAX_STALENESS_MS;
    this.smallestBoundMs = WATERMARKS_PER_BOUND * (options.watermarkIntervalMs ?? DEFAULT_WATERMARK_INTERVAL_MS);
    this.assertBound(this.#maxStalenessMs, 'maxStalenessMs');
    if (onStale === 'allow') {
      log.warn({ onStale }, 'ON STALE: ALLOW. REVOKED TOKENS ARE ADMITTED WHENEVER THE REVOCATION FEED IS CUT OFF.');
    }

    const { issuer, audience, feed, service = audience, maxLifetimeSeconds, sharedSecrets = [] } = options;
    const remote = options.keys === undefined ? remoteKeys(options, clock, log) : undefined;
    const published = remote ?? options.keys;
    if (published === undefined) throw new Error('a guard needs keys');
    const keys = new SharedSecrets(sharedSecrets, audience, published);
    this.#keys = keys;
    this.#knowledge = new RevocationKnowledge({
      clock,
      onKeysChanged: (revision) => void keys.changed(revision),
    });
    this.#membership = new GuardMembership({
      ...{ feed, clock, service, onStale, knowledge: this.#knowledge, leaseMs: this.#maxStalenessMs },
      onEvent: ({ type }) => {
        const detail = { guardId: this.#membership.guardId };
        if (type === 'registered') log.info(detail, 'registered with the issuer');
        else log.warn(detail, 'lost the lease: registering again');
      },
    });
    const verifier = new AccessTokenVerifier({
      ...{ issuer, audience, keys, clock, revocations: this.#membership },
      ...(maxLifetimeSeconds === undefined ? {} : { maxLifetimeSeconds }),
    });
    this.#admission = new Admission({
      ...{ verifier, keys, knowledge: this.#membership, maxStalenessMs: this.#maxStalenessMs, onStale },
      realm: options.realm,
      resourceMetadata: resourceMetadataUrl(audience)?.href,
    });
    this.#stop = async () => {
      await Promise.all([this.#membership.close(), remote?.close()]);
    };
    this.#membership.start();
    remote?.start();
  }

  /** See Admission.admit: at once and in memory, save for a key that is not known yet. */
  admit(request: AdmissionRequest): Admittance | Promise<Admittance> {
    const answer = this.#admission.admit(request);
    return answer instanceof Promise ? answer.then((later) => this.#noted(later)) : this.#noted(answer);
  }

  status(): GuardStatus {
    const { state, ageMs } = this.#knowledge.freshness();
    return {
      ready: this.#keys.loaded && this.#membership.freshness().state !== 'loading',
      keysLoaded: this.#keys.loaded,
      keysOutdated: this.#keys.outdated,
      revocationsLoaded: state !== 'loading',
      ...this.#membership.status(),
      fenced: !this.#membership.judgeable(this.#maxStalenessMs),
      knowledgeAgeMs: ageMs,
      entriesHeld: this.#membership.size,
      answers: this.#answers,
    };
  }

  /** @throws Error naming the setting, when the bound could not be kept even undisturbed (revocation.md V12). */
  assertBound(milliseconds: number, setting: string): void {
    if (milliseconds >= this.smallestBoundMs) return;
    throw new Error(
      `${setting} is ${milliseconds} ms, but watermarks come every ${this.smallestBoundMs / WATERMARKS_PER_BOUND} ms: ` +
        `it must be at least ${this.smallestBoundMs} ms`,
    );
  }

  /**
   * To be called when the last request has been answered: from now on it answers 503, whatever `onStale` says. Tells the
   * issuer that it has ended, and stops listening.
   */
  close(): Promise<void> {
    return this.#stop();
  }

  #noted(answer: Admittance): Admittance {
    const name = answer.answer === 'admit' ? 'admitted' : answer.reason;
    this.#answers.set(name, (this.#answers.get(name) ?? 0) + 1);
    if (answer.answer === 'refuse') this.#log.debug({ reason: answer.reason }, 'refused');
    if (answer.answer === 'cannot-tell' && !this.#undecided) {
      this.#undecided = true;
      this.#log.warn({ reason: answer.reason }, 'cannot tell whether tokens are good: answering 503');
    }
    if (answer.answer === 'admit' && this.#undecided) {
      this.#undecided = false;
      this.#log.info({}, 'can tell again: answering');
    }
    return answer;
  }
}

function remoteKeys(options: ResourceGuardOptions, clock: Clock, log: GuardLog): RemoteKeys {
  const { issuer, issuerInternalUrl } = options;
  return new RemoteKeys({
    ...{ issuer, clock },
    ...(issuerInternalUrl === undefined ? {} : { internalUrl: issuerInternalUrl }),
    onEvent: (event) => {
      const { type } = event;
      if (type === 'failed') log.warn({ cause: messageOf(event.error) }, 'cannot load the keys of the issuer');
      else if (type === 'behind') log.debug({ revision: event.revision }, 'the issuer answered with keys of before');
      else log.info({ revision: event.revision, kids: event.kids }, 'loaded the keys of the issuer');
    },
  });
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : 'unknown');
