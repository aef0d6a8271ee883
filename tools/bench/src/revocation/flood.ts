/** Owns floods of revocation entries as they come from the wire, and the tokens that are asked about. */
import { randomUUID } from 'node:crypto';
import type { RevocableClaims, RevocationEntry, RevocationList } from '@latchkey/tokens';

export type NamedKind = Extract<RevocationEntry['kind'], 'token' | 'grant' | 'session'>;

/** How many entries exist as objects at once, so that they weigh nothing beside what is measured. */
const CHUNK = 20_000;

/** Through text, as a feed and a token do it: strings that nothing else holds, each in one piece. */
const decoded = <T>(values: readonly T[]): T[] => JSON.parse(JSON.stringify(values)) as T[];

/** Entries with new names, in pieces; made between the pieces, so that each can be timed alone. */
export function* flood(
  count: number,
  of: (index: number) => Pick<RevocationEntry, 'kind' | 'expiresAt'> & { readonly generation?: number },
): Generator<readonly RevocationEntry[], void> {
  for (let from = 0; from < count; from += CHUNK) {
    const length = Math.min(CHUNK, count - from);
    yield decoded(Array.from({ length }, (_, index) => ({ id: 'a flood', value: randomUUID(), ...of(from + index) })));
  }
}

export function fill(list: RevocationList, pieces: Iterable<readonly RevocationEntry[]>): void {
  for (const piece of pieces) for (const entry of piece) list.add(entry);
}

/** Claims of tokens that nobody has revoked, each with names of its own. */
export const unrevoked = (count: number): RevocableClaims[] => {
  const client = randomUUID();
  return decoded(
    Array.from({ length: count }, () => ({
      jti: randomUUID(),
      sub: randomUUID(),
      client_id: client,
      grant_id: randomUUID(),
      sid: randomUUID(),
      gen: { iss: 1, cli: 1, sub: 1 },
    })),
  );
};
