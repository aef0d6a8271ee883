/** Owns how a key reads on the wire. Does not own the key; what is secret in it, sealed or not, is not read here at all. */
import { type EpochMilliseconds, toSeconds } from '@latchkey/tokens';
import type { KilledKey, StoredKey } from '@latchkey/tokens/issuing';
import type { KeyResource, KilledKeyResource } from './key-schema.js';

export const resourceOf = (key: StoredKey): KeyResource => ({
  kid: key.kid,
  algorithm: key.ring.algorithm,
  audience: key.ring.audience ?? null,
  state: key.state,
  announced_at: toSeconds(key.announcedAt),
  active_from: secondsOrNull(key.activeFrom),
  active_at: secondsOrNull(key.activeAt),
  retired_at: secondsOrNull(key.retiredAt),
  dropped_at: secondsOrNull(key.droppedAt),
  killed: key.killedBy !== null,
});

export const successorOf = ({ successor }: KilledKey): KilledKeyResource['successor'] =>
  successor === undefined
    ? null
    : {
        kid: successor.key.kid,
        announced_for_seconds: toSeconds(successor.announcedForMs),
        announced_whole_span: successor.wholeSpan,
      };

const secondsOrNull = (at: EpochMilliseconds | null): number | null => (at === null ? null : toSeconds(at));
