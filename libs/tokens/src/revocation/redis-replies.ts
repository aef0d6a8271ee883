/**
 * Owns the reading of Redis's answers to XREAD, XINFO STREAM and TIME (RESP 2). Does not own what the entries mean
 * (wire-format), nor the order of their places (position).
 */
import type { EpochMilliseconds } from '../time.js';
import { START } from './position.js';

export interface StreamEntry {
  readonly id: string;
  readonly fields: readonly unknown[];
}

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);

const unexpected = (command: string): TypeError => new TypeError(`Redis gave an unexpected answer to ${command}.`);

/** The entries of the one stream that was asked for; none when XREAD waited in vain. */
export const parseStreamReply = (reply: unknown): readonly StreamEntry[] => {
  if (reply === null) return [];
  const [stream] = isList(reply) ? reply : [];
  const entries = isList(stream) ? stream[1] : undefined;
  if (!isList(entries)) throw unexpected('XREAD');
  return entries.map((entry) => {
    const [id, fields] = isList(entry) ? entry : [];
    if (typeof id !== 'string' || !isList(fields)) throw unexpected('XREAD');
    return { id, fields };
  });
};

export const parseTime = (reply: unknown): EpochMilliseconds => {
  const [seconds, microseconds] = isList(reply) ? reply.map(Number) : [];
  const time = Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000);
  if (!Number.isSafeInteger(time)) throw unexpected('TIME');
  return time;
};

/** The last id that the stream ever gave out; the start when there is no stream. */
export const streamEndOf = async (ask: () => Promise<unknown>): Promise<string> => {
  try {
    const reply = await ask();
    const id = isList(reply) ? reply[reply.indexOf('last-generated-id') + 1] : undefined;
    if (typeof id !== 'string') throw unexpected('XINFO STREAM');
    return id;
  } catch (error) {
    if (error instanceof Error && error.message.includes('no such key')) return START;
    throw error;
  }
};
