/**
 * Owns the composition of the keys of this service: they are rotated, and every guard hears of a change when this instance
 * can show it. Does not own the timer (jobs), the schedule (tokens), nor the rows (persistence).
 */
import { KeyRing, KeyRotation, type KeyEncryption, type KeyStore, type RotationSpans } from '@latchkey/tokens/issuing';
import type { Logger } from 'pino';
import { machineClock } from './machine-clock.js';

export interface KeysParts {
  readonly store: KeyStore;
  readonly encryption: KeyEncryption;
  readonly spans: RotationSpans;
  /** Tells all guards. Never rejects. */
  readonly announce: (revision: number) => Promise<'published' | 'deferred'>;
  readonly log: Logger;
}

export interface Keys {
  readonly ring: KeyRing;
  readonly rotation: KeyRotation;
  /** What went over the feed before is lost: everybody is told anew. */
  readonly forgotten: () => void;
  /** The feed said so. */
  readonly heard: (revision: number | undefined) => void;
  /** Does what is due, learns what others did, and tells what nobody has told. Rejects when the store does not answer. */
  watch(): Promise<void>;
}

/** @throws KeyEncryptionError for what none of the given keys opens; whatever the store throws */
export async function openKeys({ store, encryption, spans, announce, log }: KeysParts): Promise<Keys> {
  /** Of the newest revision that went over the feed, as far as this instance knows. */
  let told = -1;
  /** Filled below: what is committed before that, nobody is told of. */
  const opened: { ring?: KeyRing } = {};
  const note = (revision: number): void => {
    told = Math.max(told, revision);
  };
  /** A guard that is told may fetch from this very instance: what it is told of must be here. */
  const tell = async (): Promise<void> => {
    const { ring } = opened;
    const revision = ring?.revision ?? -1;
    if (revision <= told || (await announce(revision)) !== 'published') return;
    // Whoever starts tells once more, since it cannot know what was told.
    if (told >= 0) log.info({ revision, kids: ring?.jwks().keys.map(({ kid }) => kid) }, 'the keys have changed');
    note(revision);
  };
  const rotation = new KeyRotation({
    ...{ store, encryption, spans },
    // Whoever is answered that a key is dead gets no more tokens of it here, if the store answers once more.
    onCommitted: async (revision) => {
      await opened.ring?.changed(revision);
      void tell();
    },
  });
  const resealed = await rotation.reseal();
  if (resealed > 0) {
    log.info(
      { keys: resealed },
      'sealed with the new KEY_ENCRYPTION_KEY: once every instance has it, KEY_ENCRYPTION_KEY_PREVIOUS can be left out',
    );
  }
  const ring = await KeyRing.open({ store, encryption, rotation, clock: machineClock });
  opened.ring = ring;
  return {
    ...{ ring, rotation },
    forgotten: () => {
      told = -1;
    },
    heard: (revision) => {
      if (revision !== undefined) note(revision);
      void ring.changed(revision);
    },
    watch: async () => {
      await ring.watch();
      await tell();
    },
  };
}
