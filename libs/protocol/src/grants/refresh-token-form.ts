/**
 * Owns the form of a refresh token: grant, generation, the id of a MAC key and a MAC, and nothing that is stored per token.
 * Does not own whether the generation is still good: the grant store says so.
 *
 * version (1 byte) · grant_id (16) · generation (4) · MAC key id (2) · HMAC-SHA-256 over all before it (32), base64url.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { Unavailable } from '../errors.js';
import type { MacKey, MacKeys } from '../ports/mac-keys.js';

const VERSION = 1;
const HEAD_BYTES = 23;
/** 55 bytes. The last character carries four unused bits: only the canonical spelling, in which they are 0, is the token. */
const FORM = /^[A-Za-z0-9_-]{73}[AQgw]$/;

export interface RefreshTokenContent {
  readonly grantId: string;
  /** Which token of the grant's succession this is; the first is 0. */
  readonly generation: number;
}

/**
 * The same content under the same MAC key always gives the same token: a retry gets the same successor.
 * @throws Unavailable when the key cannot be had
 */
export async function writeRefreshToken(content: RefreshTokenContent, keys: MacKeys): Promise<string> {
  const { id, key } = await keyFrom(() => keys.current());
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt8(VERSION, 0);
  Buffer.from(content.grantId.replaceAll('-', ''), 'hex').copy(head, 1);
  head.writeUInt32BE(content.generation, 17);
  head.writeUInt16BE(id, 21);
  return Buffer.concat([head, macOf(head, key)]).toString('base64url');
}

/** True for a string that has the form; says nothing of the MAC. */
export const looksLikeRefreshToken = (token: string): boolean => FORM.test(token);

export interface ReadRefreshToken extends RefreshTokenContent {
  readonly macKeyId: number;
}

/**
 * Undefined when the form, the key or the MAC is wrong: such a token never revokes anything.
 * @throws Unavailable when its key cannot be had: then nobody can tell whether it is genuine
 */
export async function readRefreshToken(token: string, keys: MacKeys): Promise<ReadRefreshToken | undefined> {
  if (!looksLikeRefreshToken(token)) return undefined;
  const bytes = Buffer.from(token, 'base64url');
  const head = bytes.subarray(0, HEAD_BYTES);
  if (head.readUInt8(0) !== VERSION) return undefined;
  const macKeyId = head.readUInt16BE(21);
  const key = await keyFrom(() => keys.find(macKeyId));
  if (key === undefined || !timingSafeEqual(macOf(head, key.key), bytes.subarray(HEAD_BYTES))) return undefined;
  return { grantId: uuidFrom(head.toString('hex', 1, 17)), generation: head.readUInt32BE(17), macKeyId };
}

const uuidFrom = (hex: string): string =>
  `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;

/** A key that is out of reach is a broken world, never a wrong token. */
async function keyFrom<Key extends MacKey | undefined>(ask: () => Key | Promise<Key>): Promise<Key> {
  try {
    return await ask();
  } catch (error) {
    throw new Unavailable('the key of refresh tokens', error);
  }
}

const macOf = (head: Buffer, key: Buffer): Buffer =>
  createHmac('sha256', key).update('latchkey refresh token\0').update(head).digest();
