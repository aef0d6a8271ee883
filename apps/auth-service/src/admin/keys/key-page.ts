/** Owns the order in which keys are listed, and how a list of them is cut into pages (admin-api.md A5). */
import type { StoredKey } from '@latchkey/tokens/issuing';
import type { Static } from 'typebox';
import { cursorOf, DEFAULT_LIMIT, type ListQuery, placeOf } from '../http/list.js';
import { resourceOf } from './key-resource.js';
import { type KeyListSchema, KID_PATTERN } from './key-schema.js';

const KID = new RegExp(KID_PATTERN);

/** Oldest first. @throws Problem 400 for a place that no page has named */
export function pageOfKeys(keys: readonly StoredKey[], query: Static<typeof ListQuery>): Static<typeof KeyListSchema> {
  const after = query.after === undefined ? undefined : placeOf(query.after, KID);
  const rest = keys
    .filter((key) => after === undefined || inOrder({ announcedAt: after.at, kid: after.id }, key) < 0)
    .toSorted(inOrder);
  const page = rest.slice(0, query.limit ?? DEFAULT_LIMIT);
  const last = page.at(-1);
  const next = last === undefined || page.length === rest.length ? undefined : last;
  return {
    items: page.map(resourceOf),
    next: next === undefined ? null : cursorOf({ at: next.announcedAt, id: next.kid }),
  };
}

type KeyPosition = Pick<StoredKey, 'announcedAt' | 'kid'>;

/** Below zero when the first stands before the second. No database's idea of an alphabet decides. */
const inOrder = (one: KeyPosition, other: KeyPosition): number =>
  one.announcedAt - other.announcedAt || (one.kid < other.kid ? -1 : Number(one.kid > other.kid));
