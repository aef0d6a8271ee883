/**
 * Owns the operations on a person that take something away, or give it back: disable, enable, delete, another password
 * (admin-api.md A9, A10). Does not own what each ends (person-endings), nor how it is found out who has applied it (the desk).
 */
import type { ReceiptDesk } from '@latchkey/tokens';
import { type Caller, NOTHING, operation, type Operation } from '../http/operation.js';
import type { Precondition } from '../http/precondition.js';
import { nothingHere } from '../http/problem.js';
import { revocationOf } from '../revocations/revocation-of.js';
import type { PasswordLane } from './password-lane.js';
import { enablingBy } from './user-audit.js';
import { USERS_PATH } from './user-paths.js';
import type { EndingOrder, JudgeUser, UserEnding, UserEndings, UserRegistry } from './user-ports.js';
import { resourceOf } from './user-resource.js';
import { passwordFaults } from './user-rules.js';
import { EndedUserSchema, PasswordSchema, UserParams } from './user-schema.js';

export interface UserEndingOperationsParts {
  readonly users: UserRegistry;
  readonly userEndings: UserEndings;
  readonly passwords: Pick<PasswordLane, 'hash'>;
  readonly desk: Pick<ReceiptDesk, 'wait' | 'onTheWire'>;
}

const AT = `${USERS_PATH}/{sub}`;
const WHAT_ENDS = 'every login session, code, refresh token and access token of theirs, at every client, at once';

export function userEndingOperations(parts: UserEndingOperationsParts): readonly Operation[] {
  const { users, userEndings, passwords, desk } = parts;
  const common = { scope: 'users:write', tag: 'users', params: UserParams, query: NOTHING, tagged: true } as const;

  const answered = async (ending: UserEnding, waitSeconds: number | undefined) => {
    if (ending.outcome === 'unknown') throw nothingHere();
    const representation = resourceOf(ending.user);
    const { revocation, ...waited } = await revocationOf(desk, ending.revocations, waitSeconds);
    return { representation, resource: { ...representation, revocation }, ...waited };
  };

  return [
    operation({
      ...common,
      operationId: 'disableUser',
      method: 'POST',
      path: `${AT}/disable`,
      summary: 'Disable a person',
      description: `Ends ${WHAT_ENDS}; nobody can log in as them until they are enabled. Again, it answers what stands.`,
      body: NOTHING,
      success: { status: 200, description: 'The person, and what was revoked.', schema: EndedUserSchema },
      audits: 'user.disabled',
      waits: true,
      handle: async ({ params, caller, waitSeconds, precondition }) =>
        answered(
          await userEndings.disable(params.sub, orderOf(caller, waitSeconds), judgeBy(precondition)),
          waitSeconds,
        ),
    }),
    operation({
      ...common,
      operationId: 'enableUser',
      method: 'POST',
      path: `${AT}/enable`,
      summary: 'Enable a person',
      description:
        'They can log in again. Whatever ended when they were disabled stays ended. Again, it changes nothing.',
      body: NOTHING,
      success: { status: 200, description: 'The person. Nothing is revoked.', schema: EndedUserSchema },
      audits: 'user.enabled',
      handle: async ({ params, caller, precondition }) => {
        const enabled = await users.enable(params.sub, judgeBy(precondition), enablingBy(caller, params.sub));
        if (enabled === 'unknown') throw nothingHere();
        const representation = resourceOf(enabled);
        return { representation, resource: { ...representation, revocation: null } };
      },
    }),
    operation({
      ...common,
      operationId: 'putPassword',
      method: 'PUT',
      path: `${AT}/password`,
      summary: 'Give a person another password',
      description:
        `An operator does so when the old one is known to somebody else. So it ends ${WHAT_ENDS}: whoever came in by the old ` +
        'password is out, and the person logs in anew. The old one fails at once, on every instance. Sent again, it does so ' +
        'again. A disabled person stays disabled.',
      body: PasswordSchema,
      success: { status: 200, description: 'The person, and what was revoked.', schema: EndedUserSchema },
      audits: 'user.password_reset',
      waits: true,
      rules: ({ value }) => Promise.resolve(passwordFaults(value.password)),
      handle: async ({ params, body, caller, waitSeconds, precondition }) => {
        // Hashing costs much: for nobody, and under a condition that fails, it is not done.
        const before = await users.find(params.sub);
        if (before === undefined) throw nothingHere();
        const judge = judgeBy(precondition);
        judge(before);
        const hash = await passwords.hash(body.password);
        const order = orderOf(caller, waitSeconds);
        return answered(await userEndings.resetPassword(params.sub, hash, order, judge), waitSeconds);
      },
    }),
    operation({
      ...common,
      operationId: 'deleteUser',
      method: 'DELETE',
      path: AT,
      summary: 'Delete a person for ever',
      description:
        `Ends ${WHAT_ENDS}, and erases username, password, claims, what they allowed, and what names them beside the audit ` +
        'trail. There is nothing here afterwards, and the username is free: whoever gets it is somebody else, with another sub.',
      body: NOTHING,
      success: { status: 200, description: 'The person as they stood, and what was revoked.', schema: EndedUserSchema },
      audits: 'user.deleted',
      waits: true,
      handle: async ({ params, caller, waitSeconds, precondition }) =>
        answered(
          await userEndings.delete(params.sub, orderOf(caller, waitSeconds), judgeBy(precondition)),
          waitSeconds,
        ),
    }),
  ];
}

const orderOf = ({ clientId, address }: Caller, waitSeconds: number | undefined): EndingOrder => ({
  ...{ actor: clientId, address },
  receipt: waitSeconds !== undefined,
});

const judgeBy =
  (precondition: Precondition): JudgeUser =>
  (standing) => {
    precondition.check(resourceOf(standing));
  };
