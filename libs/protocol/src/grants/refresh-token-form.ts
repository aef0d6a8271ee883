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
const MAC_BYTES = 32;
const FORM = /^[A-Za-z0-9_-]{74}$/;
const UUID = /^([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})$/;

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
  // The last character carries unused bits: only the canonical spelling is the token.
  if (bytes.length !== HEAD_BYTES + MAC_BYTES || bytes.toString('base64url') !== token) return undefined;
  const head = bytes.subarray(0, HEAD_BYTES);
  if (head.readUInt8(0) !== VERSION) return undefined;
  const macKeyId = head.readUInt16BE(21);
  const key = await keyFrom(() => keys.find(macKeyId));
  if (key === undefined || !timingSafeEqual(macOf(head, key.key), bytes.subarray(HEAD_BYTES))) return undefined;
  const parts = UUID.exec(head.toString('hex', 1, 17).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'));
  return parts === null ? undefined : { grantId: parts[0], generation: head.readUInt32BE(17), macKeyId };
}

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
