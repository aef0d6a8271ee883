/**
 * Owns what a patch makes of a person (RFC 7396): merged, and judged like one that was sent whole. Pure, so that it can be asked
 * twice: for every fault at once before, and under the lock of the row. Does not own storing.
 */
import { formOf, unharmed } from '../http/form.js';
import { mergePatch } from '../http/merge-patch.js';
import type { Fault } from '../http/problem.js';
import { withoutStaleFlags } from './claim-rules.js';
import { membersOf } from './user-audit.js';
import type { UserRecord } from './user-ports.js';
import { inOrder } from './user-resource.js';
import { memberFaults } from './user-rules.js';
import { UserMembersSchema } from './user-schema.js';

const formOfMembers = formOf(UserMembersSchema);

export type Patched =
  | { readonly ok: true; readonly person: Pick<UserRecord, 'username' | 'claims'> }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/** @param patch of which each member has its form */
export function patched(standing: UserRecord, patch: object): Patched {
  const formed = formOfMembers(mergePatch(membersOf(standing), patch));
  if (!formed.ok) return { ok: false, faults: [...formed.faults, ...memberFaults(formed.surviving)] };
  const { username, ...merged } = formed.value;
  const claims = inOrder(withoutStaleFlags(standing.claims, merged, patch));
  const faults = memberFaults(unharmed({ username, ...claims }));
  return faults.length > 0 ? { ok: false, faults } : { ok: true, person: { username, claims } };
}
