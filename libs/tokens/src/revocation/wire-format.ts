/**
 * Owns the form of a message on a wire of text fields (revocation.md V9): one field per meaning, every value a string.
 * Does not own the stream's name, which holds the major version (stream), nor any connection.
 */
import { REVOCATION_KINDS, type RevocationEntry } from './entry.js';
import type { Epoch, FeedMessage } from './feed.js';
import { decodePack } from './pack-format.js';
import { fieldOf, whole } from './wire-fields.js';

/** `critical: 1` says: a reader that does not understand this entry may no longer trust what it knows. */
const encodeEntry = (entry: RevocationEntry): string[] => [
  ...['id', entry.id, 'kind', entry.kind, 'value', entry.value],
  ...(entry.generation === undefined ? [] : ['generation', String(entry.generation)]),
  ...['expires_at', entry.expiresAt === null ? 'never' : String(entry.expiresAt)],
];

/** What a guard may miss without harm: it asks for keys that it does not know, and again for itself, and remembers no client. */
const uncritical: ReadonlySet<FeedMessage['type']> = new Set(['keys', 'registry', 'guard']);

/** Field, value, field, value … as XADD takes them. */
export const encodeMessage = (message: FeedMessage): string[] => {
  const critical = uncritical.has(message.type) ? '0' : '1';
  const head = ['type', message.type, 'critical', critical, 'epoch', String(message.epoch)];
  switch (message.type) {
    case 'revocation':
      return [...head, ...encodeEntry(message.entry), ...(message.receipt ? ['receipt', '1'] : [])];
    case 'watermark':
      return [
        ...[...head, 'at', String(message.at), 'longest_lifetime', String(message.longestLifetimeSeconds)],
        ...(message.registryRevision === undefined ? [] : ['registry', String(message.registryRevision)]),
      ];
    case 'registry':
      return [...head, 'revision', String(message.revision)];
    case 'guard':
      return [...head, 'guard_id', message.guardId, 'registration', message.registration];
    case 'keys':
      return [...head, ...(message.revision === undefined ? [] : ['revision', String(message.revision)])];
    case 'epoch':
      return head;
  }
};

export type DecodedMessages =
  | { readonly kind: 'messages'; readonly messages: readonly FeedMessage[] }
  | { readonly kind: 'skip' }
  | { readonly kind: 'incomprehensible'; readonly detail: string };

export type DecodedMessage =
  | { readonly kind: 'message'; readonly message: FeedMessage }
  | { readonly kind: 'skip' }
  | { readonly kind: 'incomprehensible'; readonly detail: string };

type Fields = readonly unknown[];

const needsGeneration = new Set<string>(['subject', 'client', 'issuer']);

const decodeEntry = (fields: Fields): RevocationEntry | undefined => {
  const id = fieldOf(fields, 'id');
  const kind = REVOCATION_KINDS.find((known) => known === fieldOf(fields, 'kind'));
  const value = fieldOf(fields, 'value');
  const expires = fieldOf(fields, 'expires_at');
  const expiresAt = expires === 'never' ? null : whole(expires);
  const generation = whole(fieldOf(fields, 'generation'));
  if (id === undefined || kind === undefined || value === undefined || expiresAt === undefined) return undefined;
  if (needsGeneration.has(kind) !== (generation !== undefined)) return undefined;
  return { id, kind, value, expiresAt, ...(generation === undefined ? {} : { generation }) };
};

/** Without a revision that can be read it still says that something has changed. */
const decodeKeys = (fields: Fields, epoch: Epoch): FeedMessage => {
  const revision = whole(fieldOf(fields, 'revision'));
  return revision === undefined ? { type: 'keys', epoch } : { type: 'keys', epoch, revision };
};

const decodeFields = (fields: Fields): FeedMessage | undefined => {
  const epoch = whole(fieldOf(fields, 'epoch'));
  if (epoch === undefined) return undefined;
  switch (fieldOf(fields, 'type')) {
    case 'epoch':
      return { type: 'epoch', epoch };
    case 'keys':
      return decodeKeys(fields, epoch);
    case 'watermark': {
      const at = whole(fieldOf(fields, 'at'));
      const longestLifetimeSeconds = whole(fieldOf(fields, 'longest_lifetime'));
      if (at === undefined || longestLifetimeSeconds === undefined) return undefined;
      // A revision that cannot be read is none: then nothing is remembered, and nothing else depends on it.
      const registryRevision = whole(fieldOf(fields, 'registry'));
      const said = registryRevision === undefined ? {} : { registryRevision };
      return { type: 'watermark', epoch, at, longestLifetimeSeconds, ...said };
    }
    case 'registry': {
      const revision = whole(fieldOf(fields, 'revision'));
      return revision === undefined ? undefined : { type: 'registry', epoch, revision };
    }
    case 'revocation': {
      const entry = decodeEntry(fields);
      return entry === undefined
        ? undefined
        : { type: 'revocation', epoch, entry, receipt: fieldOf(fields, 'receipt') === '1' };
    }
    case 'guard': {
      const guardId = fieldOf(fields, 'guard_id');
      const registration = fieldOf(fields, 'registration');
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
export const decodeMessage = (fields: Fields): DecodedMessage => {
  const message = decodeFields(fields);
  if (message !== undefined) return { kind: 'message', message };
  if (fieldOf(fields, 'critical') === '0') return { kind: 'skip' };
  const detail = `type ${fieldOf(fields, 'type') ?? '(none)'}, kind ${fieldOf(fields, 'kind') ?? '(none)'}`;
  return { kind: 'incomprehensible', detail };
};

/** The same for whatever may stand at one place of the stream: a message, or many revocations in one. */
export const decodeMessages = (fields: Fields): DecodedMessages => {
  const epoch = fieldOf(fields, 'type') === 'revocations' ? whole(fieldOf(fields, 'epoch')) : undefined;
  const pack = epoch === undefined ? undefined : decodePack(fields, epoch);
  if (pack !== undefined) return { kind: 'messages', messages: pack };
  const decoded = decodeMessage(fields);
  return decoded.kind === 'message' ? { kind: 'messages', messages: [decoded.message] } : decoded;
};
