/**
 * Owns the place of a message in the stream and the order of two places. Does not own who reads or writes there.
 */

/** `<milliseconds>-<sequence>`, as Redis gives ids to the entries of a stream; comparable within one epoch alone. */
export type Position = string;

/** Before every message. */
export const START: Position = '0-0';

const partsOf = (position: Position): readonly [bigint, bigint] => {
  const [time, sequence] = position.split('-');
  return [BigInt(time ?? 0), BigInt(sequence ?? 0)];
};

export const precedes = (left: Position, right: Position): boolean => {
  const [leftTime, leftSequence] = partsOf(left);
  const [rightTime, rightSequence] = partsOf(right);
  return leftTime === rightTime ? leftSequence < rightSequence : leftTime < rightTime;
};

export const isPosition = (text: string): boolean => /^\d{1,16}-\d{1,19}$/.test(text);
