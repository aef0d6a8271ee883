/** Owns the opaque place where a page ended, of a list that is in the order of a text. Does not own places in time (http/list). */
import { Problem } from '../http/problem.js';

/** Told from a place in time by its first byte, so that neither is taken for the other. */
const MARK = '=';

export const cursorOfText = (text: string): string => Buffer.from(`${MARK}${text}`, 'utf8').toString('base64url');

/**
 * @param form what texts of this list look like
 * @throws Problem 400 for anything that cursorOfText has not written
 */
export function textAt(after: string, form: Pick<RegExp, 'test'>): string {
  const written = Buffer.from(after, 'base64url').toString('utf8');
  const text = written.slice(MARK.length);
  if (cursorOfText(text) !== after || !form.test(text)) {
    throw Problem.ofFaults([{ pointer: '/after', detail: 'in the query: must be what a page before gave as next' }]);
  }
  return text;
}
