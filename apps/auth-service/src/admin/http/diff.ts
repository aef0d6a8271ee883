/** Owns what has changed between two resources, for the audit trail. Does not own what may be told: only what is public comes here. */

export interface Diff {
  readonly changed: Readonly<Record<string, { readonly from: unknown; readonly to: unknown }>>;
}

/** In bytes of JSON. */
const LONGEST_MEMBER = 1024;

/** By member, compared as JSON; a member that is absent counts as null. */
export function diffOf(before: object, after: object): Diff {
  const [from, to] = [new Map(Object.entries(before)), new Map(Object.entries(after))];
  const changed = [...new Set([...from.keys(), ...to.keys()])].flatMap((name) => {
    const one: unknown = from.get(name) ?? null;
    const other: unknown = to.get(name) ?? null;
    return JSON.stringify(one) === JSON.stringify(other)
      ? []
      : [[name, { from: orLength(one), to: orLength(other) }] as const];
  });
  return { changed: Object.fromEntries(changed) };
}

/** A member that is too long for a trail that is never erased leaves its length there. */
function orLength(member: unknown): unknown {
  const bytes = Buffer.byteLength(JSON.stringify(member), 'utf8');
  return bytes > LONGEST_MEMBER ? { omitted_bytes: bytes } : member;
}
