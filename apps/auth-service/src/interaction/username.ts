/**
 * Owns when two typed names mean one account. Does not own who has which name: the people store does, by this same rule.
 */

/** Case-insensitive after NFKC (again after lower-casing, which can undo it), and blanks around it are a slip of the hand. */
export const normalizedUsername = (typed: string): string =>
  typed.normalize('NFKC').toLowerCase().normalize('NFKC').trim();

/** Beyond this no account is looked for; nor for a name with control characters, which PostgreSQL cannot even be asked. */
const MAX_LENGTH = 255;

export const couldBeUsername = (typed: string): boolean =>
  typed !== '' && typed.length <= MAX_LENGTH && !/\p{Cc}/u.test(typed);
