/**
 * Owns a token whose signature or MAC is not its own, and that is never the token itself. Does not own how it is refused.
 *
 * The last character of base64url may hold bits that nobody reads, and whatever is written over the end may have stood there.
 */
export const wronglySigned = (token: string): string =>
  `${token.slice(0, -3)}${token.at(-3) === 'A' ? 'B' : 'A'}${token.slice(-2)}`;
