/**
 * Owns how large the detail of one audit event may be: sealing reads every row, and nobody who writes one may starve it. Does
 * not own what a detail says.
 */

/** In bytes of JSON, of the whole. */
export const LONGEST_DETAIL = 8 * 1024;

/** What a value may have, from the first that lets the whole fit. */
const LONGEST_VALUES = [1024, 256, 32];

type Detail = Readonly<Record<string, unknown>>;

/** The same for the same: first the longest values give way to their length, in the end the whole does. */
export function boundedDetail(detail: Detail): Detail {
  if (bytesOf(detail) <= LONGEST_DETAIL) return detail;
  for (const longest of LONGEST_VALUES) {
    const shorter = membersOf(detail, longest);
    if (bytesOf(shorter) <= LONGEST_DETAIL) return shorter;
  }
  return { omitted_bytes: bytesOf(detail) };
}

const membersOf = (value: object, longest: number): Detail =>
  Object.fromEntries(Object.entries(value).map(([name, each]) => [name, within(each, longest)]));

function within(value: unknown, longest: number): unknown {
  if (bytesOf(value) <= longest) return value;
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return membersOf(value, longest);
  return { omitted_bytes: bytesOf(value) };
}

/** As JSON; what JSON leaves out has none. */
const bytesOf = (value: unknown): number =>
  value === undefined ? 0 : Buffer.byteLength(JSON.stringify(value), 'utf8');
