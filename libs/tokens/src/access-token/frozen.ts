/** Owns the freezing of what came out of JSON: several requests are given the same claims. Does not own their shape. */

/** Freezes it and all that it holds, and returns it. For values of JSON: no cycles, no getters. */
export const frozen = <Value>(value: Value): Value => {
  if (typeof value !== 'object' || value === null) return value;
  for (const member of Object.values(value)) frozen(member);
  return Object.freeze(value);
};
