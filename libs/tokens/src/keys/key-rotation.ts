/**
 * Owns the changing of keys: reads what is stored, decides, makes what is needed and commits all of it by one compare and
 * swap; whoever loses reads again. Does not own the rules of time (rotation-schedule), the keys in memory (key-ring), nor
 * who is told of a change.
 */
import type { EpochMilliseconds } from '../time.js';
import { additionalDataOf, generateKey } from './generate.js';
import type { KeyEncryption } from './key-encryption.js';
import type { KeyAct, KeyChange, KeySnapshot, KeyStore, StoredKey } from './key-store.js';
import { isScheduled, ringName, type Ring } from './ring.js';
import {
  activeOf,
  inRing,
  nextOf,
  planEarlySuccessor,
  planRotation,
  type RotationSpans,
  type RotationStep,
} from './rotation-schedule.js';
import { SharedWork } from './shared-work.js';

export interface KeyRotationOptions {
  readonly store: KeyStore;
  readonly encryption: KeyEncryption;
  readonly spans: RotationSpans;
  /** Those that are never without a key; default: ES256, RS256 and the MAC of refresh tokens. */
  readonly rings?: readonly Ring[];
  /** After a commit of this instance. Must not throw. */
  readonly onCommitted?: (revision: number) => void;
}

export interface KilledKey {
  /** `before`: it had been killed already, and nothing was written. */
  readonly outcome: 'killed' | 'before';
  readonly key: StoredKey;
  /** The id of the revocation. */
  readonly revocation: string;
  /** Who signs in its place from now on, if it was the one that signed. */
  readonly successor?: Successor;
}

export interface Successor {
  readonly key: StoredKey;
  /** How long guards have been able to fetch it. */
  readonly announcedForMs: number;
  /** False when it signs earlier than it should. */
  readonly wholeSpan: boolean;
}

/** A secret for an API, in the clear for this once. */
export interface NewSecret {
  readonly key: StoredKey;
  readonly secret: Buffer;
}

const RINGS: readonly Ring[] = [{ algorithm: 'ES256' }, { algorithm: 'RS256' }, { algorithm: 'refresh' }];
/** Each lost attempt is another's success. */
const ATTEMPTS = 100;
/** An API knows its old secret and its new one. */
const LIVE_SECRETS = 2;

/** Changes to commit, and what to answer once they are; nothing to commit is an answer at once. */
interface Decision<Answer> {
  readonly changes: readonly KeyChange[];
  readonly answer: (revocations: readonly string[]) => Answer;
}

export class KeyRotation {
  readonly #options: KeyRotationOptions;
  readonly #rings: readonly Ring[];
  readonly #ensuring = new SharedWork<void>();
  readonly #rotating = new SharedWork<readonly StoredKey[]>();
  readonly #killing = new SharedWork<KilledKey | { readonly outcome: 'unknown' }>();

  constructor(options: KeyRotationOptions) {
    this.#options = options;
    this.#rings = options.rings ?? RINGS;
  }

  get spans(): RotationSpans {
    return this.#options.spans;
  }

  /** Everything that is stored. Rejects when the store does not answer, as every method does. */
  list(): Promise<KeySnapshot> {
    return this.#options.store.load();
  }

  /** When something is due by what is known. */
  dueAt(snapshot: KeySnapshot): EpochMilliseconds {
    return planRotation(snapshot, this.spans, this.#rings).dueAt;
  }

  /** Does whatever is due. Of many instances at once one does it, and all have seen it done. */
  run(): Promise<void> {
    return this.#commit(async (snapshot) => {
      const { steps } = planRotation(snapshot, this.spans, this.#rings);
      return { changes: await this.#changesFor(steps, snapshot), answer: () => undefined };
    });
  }

  /** The first key of this ring, which signs at once since it follows nobody; unless there is one. */
  ensure(ring: Ring): Promise<void> {
    return this.#ensuring.run(ringName(ring), () =>
      this.#commit(async (snapshot) => {
        const { steps } = planRotation({ ...snapshot, keys: inRing(ring, snapshot.keys) }, this.spans, [ring]);
        return { changes: await this.#changesFor(steps, snapshot), answer: () => undefined };
      }),
    );
  }

  /**
   * Every scheduled ring gets a successor that signs as soon as it was announced for its whole span. Asked again meanwhile,
   * or by many at once, it is the same one.
   */
  rotate(act: KeyAct): Promise<readonly StoredKey[]> {
    return this.#rotating.run('', () => this.#rotate(act));
  }

  #rotate(act: KeyAct): Promise<readonly StoredKey[]> {
    return this.#commit(async (snapshot) => {
      const { keys, now } = snapshot;
      const rings = scheduledRings(keys);
      const steps = rings.flatMap((ring) => planEarlySuccessor(ring, keys, now, this.spans) ?? []);
      const changes = await this.#changesFor(steps, snapshot);
      const after = keysAfter(keys, changes);
      return { changes, answer: () => rings.flatMap((ring) => nextOf(ring, after) ?? []) };
    }, act);
  }

  /**
   * revocation.md V2: "a killed thumbprint is never accepted again". If it was the one that signed, another signs from that
   * same moment, announced or not; an API's secret has a successor only if a second one was made before.
   */
  kill(kid: string, act: KeyAct): Promise<KilledKey | { readonly outcome: 'unknown' }> {
    return this.#killing.run(`${kid} ${String(act.receipt)}`, () => this.#kill(kid, act));
  }

  #kill(kid: string, act: KeyAct): Promise<KilledKey | { readonly outcome: 'unknown' }> {
    return this.#commit<KilledKey | { readonly outcome: 'unknown' }>(async ({ keys, now }) => {
      const key = keys.find((each) => each.kid === kid);
      if (key === undefined) return { changes: [], answer: () => ({ outcome: 'unknown' }) };
      const { killedBy } = key;
      if (killedBy !== null) return { changes: [], answer: () => ({ outcome: 'before', key, revocation: killedBy }) };
      const succession = key.state === 'active' ? await this.#succeed(key.ring, keys, now) : undefined;
      const changes: KeyChange[] = [{ type: 'kill', kid, at: now }, ...(succession?.changes ?? [])];
      return {
        changes,
        answer: ([revocation = '']) => ({
          outcome: 'killed',
          key: { ...dropped(key, now), killedBy: revocation },
          revocation,
          ...(succession === undefined ? {} : { successor: succession.successor }),
        }),
      };
    }, act);
  }

  /**
   * A secret for HS256 tokens of this API: the first one signs at once; the second when the first is removed, so that people
   * can carry it to the API meanwhile. `full`: two live already.
   */
  addSecret(audience: string, act: KeyAct): Promise<NewSecret | 'full'> {
    return this.#commit<NewSecret | 'full'>(async ({ keys, now }) => {
      const ring: Ring = { algorithm: 'HS256', audience };
      const live = liveSecrets(ring, keys);
      if (live.length >= LIVE_SECRETS) return { changes: [], answer: () => 'full' };
      const first = live.length === 0;
      const made = await generateKey(ring, this.#options.encryption, now, first ? 'active' : 'announced');
      return { changes: [{ type: 'insert', key: made.key }], answer: () => made };
    }, act);
  }

  /**
   * One that signs is retired, and still verifies what it has signed, if another one is there to follow; `last` if not. One
   * that does not sign yet is dropped.
   */
  removeSecret(
    audience: string,
    kid: string,
    act: KeyAct,
  ): Promise<{ readonly removed: StoredKey; readonly successor?: StoredKey } | 'unknown' | 'last'> {
    return this.#commit<{ removed: StoredKey; successor?: StoredKey } | 'unknown' | 'last'>(({ keys, now }) => {
      const ring: Ring = { algorithm: 'HS256', audience };
      const key = liveSecrets(ring, keys).find((each) => each.kid === kid);
      if (key === undefined) return nothing('unknown');
      if (key.state === 'announced') {
        return Promise.resolve({
          changes: [{ type: 'drop', kid, at: now }],
          answer: () => ({ removed: dropped(key, now) }),
        });
      }
      const next = nextOf(ring, keys);
      if (next === undefined) return nothing('last');
      return Promise.resolve({
        changes: [
          { type: 'retire', kid, at: now },
          { type: 'activate', kid: next.kid, at: now },
        ],
        answer: () => ({
          removed: { ...key, state: 'retired', retiredAt: now },
          successor: { ...next, state: 'active', activeAt: now },
        }),
      });
    }, act);
  }

  /**
   * Seals anew whatever was sealed with an earlier KEY_ENCRYPTION_KEY. Nothing else of a key changes.
   * @returns how many; @throws KeyEncryptionError for what no given key opens
   */
  reseal(): Promise<number> {
    const { encryption } = this.#options;
    return this.#commit(({ keys }) => {
      const changes = keys.flatMap((key): KeyChange[] => {
        if (key.sealedKey === undefined || encryption.isCurrent(key.sealedKey)) return [];
        const row = additionalDataOf(key);
        return [{ type: 'reseal', kid: key.kid, sealedKey: encryption.seal(encryption.open(key.sealedKey, row), row) }];
      });
      return Promise.resolve({ changes, answer: () => changes.length });
    });
  }

  async #succeed(
    ring: Ring,
    keys: readonly StoredKey[],
    now: EpochMilliseconds,
  ): Promise<{ readonly changes: readonly KeyChange[]; readonly successor: Successor } | undefined> {
    const next = nextOf(ring, keys);
    if (next !== undefined) {
      const announcedForMs = now - next.announcedAt;
      const key: StoredKey = { ...next, state: 'active', activeAt: now };
      return {
        changes: [{ type: 'activate', kid: next.kid, at: now }],
        successor: { key, announcedForMs, wholeSpan: announcedForMs >= this.spans.announceMs },
      };
    }
    if (!isScheduled(ring)) return undefined;
    const key = await this.#make(ring, keys, now, 'active', now);
    return { changes: [{ type: 'insert', key }], successor: { key, announcedForMs: 0, wholeSpan: false } };
  }

  #changesFor(
    steps: readonly RotationStep[],
    { keys, now }: Pick<KeySnapshot, 'keys' | 'now'>,
  ): Promise<readonly KeyChange[]> {
    return Promise.all(
      steps.map(async (step): Promise<KeyChange> => {
        switch (step.do) {
          case 'make':
            return { type: 'insert', key: await this.#make(step.ring, keys, now, step.as, step.activeFrom) };
          case 'hasten':
            return { type: 'hasten', kid: step.kid, activeFrom: step.activeFrom };
          case 'activate':
          case 'retire':
          case 'drop':
            return { type: step.do, kid: step.kid, at: now };
        }
      }),
    );
  }

  /** A number of a MAC key may be taken. */
  async #make(
    ring: Ring,
    keys: readonly StoredKey[],
    now: EpochMilliseconds,
    as: 'announced' | 'active',
    activeFrom: EpochMilliseconds,
  ): Promise<StoredKey> {
    const taken = new Set(keys.map(({ kid }) => kid));
    for (;;) {
      const { key } = await generateKey(ring, this.#options.encryption, now, as, activeFrom);
      if (!taken.has(key.kid)) return key;
    }
  }

  async #commit<Answer>(decide: (snapshot: KeySnapshot) => Promise<Decision<Answer>>, act?: KeyAct): Promise<Answer> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const snapshot = await this.#options.store.load();
      const { changes, answer } = await decide(snapshot);
      if (changes.length === 0) return answer([]);
      const committed = await this.#options.store.commit(snapshot.revision, changes, act);
      if (committed === 'lost') continue;
      this.#options.onCommitted?.(snapshot.revision + 1);
      return answer(committed.revocations.map(({ id }) => id));
    }
    throw new Error('The keys were changed by others all the time.');
  }
}

const nothing = <Answer>(answer: Answer): Promise<Decision<Answer>> =>
  Promise.resolve({ changes: [], answer: () => answer });

const dropped = (key: StoredKey, at: EpochMilliseconds): StoredKey => ({
  ...key,
  ...{ state: 'dropped', sealedKey: undefined, droppedAt: at },
});

const liveSecrets = (ring: Ring, keys: readonly StoredKey[]): readonly StoredKey[] =>
  inRing(ring, keys).filter(({ state }) => state === 'announced' || state === 'active');

const scheduledRings = (keys: readonly StoredKey[]): readonly Ring[] => [
  ...new Map(
    keys.flatMap(({ ring }) =>
      isScheduled(ring) && activeOf(ring, keys) !== undefined ? [[ringName(ring), ring]] : [],
    ),
  ).values(),
];

const keysAfter = (keys: readonly StoredKey[], changes: readonly KeyChange[]): readonly StoredKey[] => [
  ...keys.map((key) => {
    const hastened = changes.find((change) => change.type === 'hasten' && change.kid === key.kid);
    return hastened?.type === 'hasten' ? { ...key, activeFrom: hastened.activeFrom } : key;
  }),
  ...changes.flatMap((change) => (change.type === 'insert' ? [change.key] : [])),
];
