/**
 * Owns the form of a message on a wire of text fields (revocation.md V9): one field per meaning, every value a string.
 * Does not own the stream's name, which holds the major version (stream), nor any connection.
 */
import { REVOCATION_KINDS, type RevocationEntry } from './entry.js';
import type { FeedMessage } from './feed.js';

/** `critical: 1` says: a reader that does not understand this entry may no longer trust what it knows. */
const encodeEntry = (entry: RevocationEntry): string[] => [
  ...['id', entry.id, 'kind', entry.kind, 'value', entry.value],
  ...(entry.generation === undefined ? [] : ['generation', String(entry.generation)]),
  ...['expires_at', entry.expiresAt === null ? 'never' : String(entry.expiresAt)],
];

/** What a guard may miss without harm: it asks for keys that it does not know, and knows its own name. */
const uncritical: ReadonlySet<FeedMessage['type']> = new Set(['keys', 'guard']);

/** Field, value, field, value … as XADD takes them. */
export const encodeMessage = (message: FeedMessage): string[] => {
  const critical = uncritical.has(message.type) ? '0' : '1';
  const head = ['type', message.type, 'critical', critical, 'epoch', String(message.epoch)];
  switch (message.type) {
    case 'revocation':
      return [...head, ...encodeEntry(message.entry), ...(message.receipt ? ['receipt', '1'] : [])];
    case 'watermark':
      return [...head, 'at', String(message.at), 'longest_lifetime', String(message.longestLifetimeSeconds)];
    case 'guard':
      return [...head, 'guard_id', message.guardId, 'registration', message.registration];
    case 'epoch':
    case 'keys':
      return head;
  }
};

export type DecodedMessage =
  | { readonly kind: 'message'; readonly message: FeedMessage }
  | { readonly kind: 'skip' }
  | { readonly kind: 'incomprehensible'; readonly detail: string };

type Fields = ReadonlyMap<string, string>;

const fieldsOf = (flat: readonly unknown[]): Fields => {
  const fields = new Map<string, string>();
  for (let index = 0; index + 1 < flat.length; index += 2) {
    const name = flat[index];
    const value = flat[index + 1];
    if (typeof name === 'string' && typeof value === 'string') fields.set(name, value);
  }
  return fields;
};

const whole = (text: string | undefined): number | undefined => {
  if (text === undefined || !/^\d{1,16}$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
};

const needsGeneration = new Set<string>(['subject', 'client', 'issuer']);

const decodeEntry = (fields: Fields): RevocationEntry | undefined => {
  const id = fields.get('id');
  const kind = REVOCATION_KINDS.find((known) => known === fields.get('kind'));
  const value = fields.get('value');
  const expires = fields.get('expires_at');
  const expiresAt = expires === 'never' ? null : whole(expires);
  const generation = whole(fields.get('generation'));
  if (id === undefined || kind === undefined || value === undefined || expiresAt === undefined) return undefined;
  if (needsGeneration.has(kind) !== (generation !== undefined)) return undefined;
  return { id, kind, value, expiresAt, ...(generation === undefined ? {} : { generation }) };
};

const decodeFields = (fields: Fields): FeedMessage | undefined => {
  const epoch = whole(fields.get('epoch'));
  if (epoch === undefined) return undefined;
  switch (fields.get('type')) {
    case 'epoch':
      return { type: 'epoch', epoch };
    case 'keys':
      return { type: 'keys', epoch };
    case 'watermark': {
      const at = whole(fields.get('at'));
      const longestLifetimeSeconds = whole(fields.get('longest_lifetime'));
      if (at === undefined || longestLifetimeSeconds === undefined) return undefined;
      return { type: 'watermark', epoch, at, longestLifetimeSeconds };
    }
    case 'revocation': {
      const entry = decodeEntry(fields);
      return entry === undefined
        ? undefined
        : { type: 'revocation', epoch, entry, receipt: fields.get('receipt') === '1' };
    }
    case 'guard': {
      const guardId = fields.get('guard_id');
      const registration = fields.get('registration');
      if (guardId === undefined || registration === undefined) return undefined;
      return { type: 'guard', epoch, guardId, registration };
    }
    case undefined:
    default:
      return undefined;
  }
};

/**
 * An entry that cannot be read is skipped only if it says of itself that it is not critical. Unknown fields of a known
 * entry are ignored. The detail names no value of the entry besides type and kind.
 */
export const decodeMessage = (flat: readonly unknown[]): DecodedMessage => {
  const fields = fieldsOf(flat);
  const message = decodeFields(fields);
  if (message !== undefined) return { kind: 'message', message };
  if (fields.get('critical') === '0') return { kind: 'skip' };
  const detail = `type ${fields.get('type') ?? '(none)'}, kind ${fields.get('kind') ?? '(none)'}`;
  return { kind: 'incomprehensible', detail };
};
