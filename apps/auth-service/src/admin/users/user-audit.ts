/** Owns what the audit trail is told of people: which members in the trail itself, their values only beside it (admin-api.md A11). */
import { diffOf } from '../http/diff.js';
import type { Caller } from '../http/operation.js';
import type { AuditRecord } from '../ports.js';
import type { NewPerson, UserRecord } from './user-ports.js';

type Who = Pick<UserRecord, 'username' | 'claims'>;

export const creationBy = (caller: Caller, { sub, username, claims }: NewPerson): AuditRecord => ({
  ...by(caller, 'user.created', sub),
  detail: { members: ['username', ...Object.keys(claims)] },
  personal: { username, ...claims },
  about: sub,
});

/** Undefined when nothing has. */
export function changeBy(caller: Caller, standing: UserRecord, changed: Who): AuditRecord | undefined {
  const diff = diffOf(membersOf(standing), membersOf(changed));
  const members = Object.keys(diff.changed);
  if (members.length === 0) return undefined;
  return {
    ...by(caller, 'user.changed', standing.sub),
    detail: { members },
    personal: { ...diff },
    about: standing.sub,
  };
}

export const enablingBy = (caller: Caller, sub: string): AuditRecord => by(caller, 'user.enabled', sub);

export const membersOf = ({ username, claims }: Who) => ({ username, ...claims });

const by = ({ clientId, address }: Caller, kind: string, target: string): AuditRecord => ({
  actor: clientId,
  ...{ kind, target, address },
  outcome: 'done',
});
