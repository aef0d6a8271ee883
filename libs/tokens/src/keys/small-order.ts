/**
 * Owns which Ed25519 public keys are of nobody: the points of small order, under which a signature of zeros fits one message in eight,
 * or all. Does not own any other check of a key.
 */

/**
 * The y coordinates of the points whose order divides 8, little-endian (RFC 8032 §5.1.2), and those that are read as one of them. The
 * highest bit of the last octet is the sign of x, and either sign is of small order.
 */
const SMALL_ORDER_Y = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
]);

/** @param x the member of the JWK (RFC 8037 §2), base64url */
export function isOfSmallOrder(x: string): boolean {
  const point = Buffer.from(x, 'base64url');
  const last = point.at(-1);
  if (last === undefined) return false;
  point[point.length - 1] = last & 0x7f;
  return SMALL_ORDER_Y.has(point.toString('hex'));
}
