/**
 * Owns the form of many revocations in one message (revocation.md V9, V14): what is appended at once, as after a wire was
 * lost, is read at once. Does not own the form of a single message (wire-format) nor when entries are appended (publish-round).
 */
import type { RevocationEntry } from './entry.js';
import type { Epoch, FeedMessage } from './feed.js';
import { fieldOf, NAMED_KINDS, whole } from './wire-fields.js';

type Revocation = Extract<FeedMessage, { type: 'revocation' }>;

/** A message of about 20 KB. */
const MOST = 250;

const PLAIN = /^[0-9a-f-]{36}$/;

const isPackable = ({ id, kind, value, expiresAt }: RevocationEntry): boolean =>
  NAMED_KINDS.has(kind) && expiresAt !== null && PLAIN.test(value) && PLAIN.test(id);

/** Consecutive entries of one kind whose names need no quoting stand together; every other one stands alone. Keeps the order. */
export const groupsOf = (entries: readonly RevocationEntry[]): readonly (readonly RevocationEntry[])[] => {
  const groups: RevocationEntry[][] = [];
  for (const entry of entries) {
    const last = groups.at(-1);
    const first = last?.[0];
    const joins = first !== undefined && first.kind === entry.kind && isPackable(first) && isPackable(entry);
    if (joins && last !== undefined && last.length < MOST) last.push(entry);
    else groups.push([entry]);
  }
  return groups;
};

/** Field, value … as XADD takes them; for two entries or more, as groupsOf gives them. */
export const encodePack = (epoch: Epoch, group: readonly RevocationEntry[], receipt: boolean): string[] => [
  ...['type', 'revocations', 'critical', '1', 'epoch', String(epoch), 'kind', group[0]?.kind ?? ''],
  ...['ids', group.map(({ id }) => id).join(' '), 'values', group.map(({ value }) => value).join(' ')],
  ...['expires_at', group.map(({ expiresAt }) => String(expiresAt)).join(' ')],
  ...(receipt ? ['receipt', '1'] : []),
];

/** All of them or undefined: a part that cannot be read would be a revocation that is not known. */
export const decodePack = (flat: readonly unknown[], epoch: Epoch): readonly Revocation[] | undefined => {
  const kind = [...NAMED_KINDS].find((known) => known === fieldOf(flat, 'kind'));
  const ids = fieldOf(flat, 'ids')?.split(' ');
  const values = fieldOf(flat, 'values')?.split(' ');
  const ends = fieldOf(flat, 'expires_at')?.split(' ');
  if (kind === undefined || ids === undefined || values?.length !== ids.length || ends?.length !== ids.length) {
    return undefined;
  }
  const receipt = fieldOf(flat, 'receipt') === '1';
  const revocations: Revocation[] = [];
  for (const [index, id] of ids.entries()) {
    const value = values[index];
    const expiresAt = whole(ends[index]);
    if (id === '' || value === undefined || value === '' || expiresAt === undefined) return undefined;
    revocations.push({ type: 'revocation', epoch, entry: { id, kind, value, expiresAt }, receipt });
  }
  return revocations;
};
