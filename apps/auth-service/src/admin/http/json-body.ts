/** Owns the reading of a JSON body (RFC 8259). Does not own what it must contain. */
import { readJsonText } from '@latchkey/process';
import { Problem } from './problem.js';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

/**
 * @throws Problem 400 at the root: not UTF-8 (RFC 8259 §8.1 "MUST be encoded using UTF-8"), or not JSON; at each member that
 * stands there twice
 */
export function readJson(bytes: Buffer): unknown {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    throw Problem.ofFaults([{ pointer: '', detail: 'must be UTF-8' }]);
  }
  const read = readJsonText(text);
  if (!read.ok) throw Problem.ofFaults(read.faults);
  return read.value;
}
