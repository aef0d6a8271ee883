/**
 * Owns what a well-formed person must also be: somebody who can log in. Does not own their form (user-schema), nor what claims
 * mean (claim-rules), nor who has which name (the registry says so when it commits).
 */
import { isPassword } from '../../interaction/passwords.js';
import { couldBeUsername, normalizedUsername } from '../../interaction/username.js';
import type { Surviving } from '../http/form.js';
import type { Fault } from '../http/problem.js';
import { claimFaults } from './claim-rules.js';
import type { NewUser, UserMembers } from './user-schema.js';

/** Every fault of meaning at once. */
export const newUserFaults = ({ value, isFaulty }: Surviving<NewUser>): readonly Fault[] => [
  ...memberFaults({ value, isFaulty }),
  ...passwordFaults(value.password),
];

export const memberFaults = ({
  value: { username, ...claims },
  isFaulty,
}: Pick<Surviving<UserMembers>, 'value' | 'isFaulty'>): readonly Fault[] => [
  ...usernameFaults(username),
  ...claimFaults(claims, isFaulty),
];

export const passwordFaults = (password: string | undefined): readonly Fault[] =>
  password === undefined || isPassword(password)
    ? []
    : [{ pointer: '/password', detail: 'must have 1 to 1024 bytes of UTF-8 after NFC' }];

function usernameFaults(username: string | undefined): readonly Fault[] {
  const pointer = '/username';
  if (username === undefined) return [];
  if (username !== username.trim()) return [{ pointer, detail: 'must not begin or end with a blank' }];
  // The end of what a prefix is looked for in is such a code point; none is a letter.
  if (/\p{Noncharacter_Code_Point}/u.test(username)) return [{ pointer, detail: 'must hold characters alone' }];
  // Nobody could log in by it: it is another length when it is compared.
  if (!couldBeUsername(normalizedUsername(username))) {
    return [{ pointer, detail: 'must have 1 to 255 characters after NFKC, none a control character' }];
  }
  return [];
}
