/**
 * Owns what well-formed claims must also mean (OpenID Connect Core §5.1): a day that exists, a zone, a language, something that
 * can have been verified. Does not own their form (claim-schema).
 */
import type { Fault } from '../http/problem.js';
import { type UserClaims, WEB_ADDRESS } from './claim-schema.js';

/** Claims of which each has its form; those that have not are left out. */
export type SoundClaims = { readonly [Name in keyof UserClaims]?: UserClaims[Name] };

/** Every fault of meaning at once. @param doubtful members that were sent but have not their form: nothing follows from their absence */
export const claimFaults = (claims: SoundClaims, doubtful: (name: keyof UserClaims) => boolean): readonly Fault[] => {
  const fault = (name: keyof UserClaims, detail: string): readonly Fault[] => [{ pointer: `/${name}`, detail }];
  const unless = (right: boolean, name: keyof UserClaims, detail: string): readonly Fault[] =>
    right ? [] : fault(name, detail);
  const { birthdate, zoneinfo, locale } = claims;
  return [
    ...WEB_ADDRESSES.flatMap((name) => unless(isWebAddress(claims[name]), name, `must be ${WEB_ADDRESS}`)),
    ...unless(birthdate === undefined || isDay(birthdate), 'birthdate', 'must be a day that there is'),
    ...unless(zoneinfo === undefined || isZone(zoneinfo), 'zoneinfo', 'must be a time zone of the IANA database'),
    ...unless(locale === undefined || isLanguage(locale), 'locale', 'must be a language tag (BCP 47)'),
    ...VERIFIED.flatMap(({ flag, of }) =>
      unless(claims[flag] === undefined || claims[of] !== undefined || doubtful(of), flag, `needs ${of}`),
    ),
  ];
};

const WEB_ADDRESSES = ['profile', 'picture', 'website'] as const;

/** Which flag speaks of which claim. */
const VERIFIED = [
  { flag: 'email_verified', of: 'email' },
  { flag: 'phone_number_verified', of: 'phone_number' },
] as const;

/**
 * Nobody has verified what has just been written: when a patch changes the value and does not speak of its flag, the flag falls.
 * A client that trusts `email_verified` would else give the account of one person to another.
 */
export function withoutStaleFlags(before: UserClaims, after: UserClaims, patch: object): UserClaims {
  const stale = VERIFIED.filter(({ flag, of }) => before[of] !== after[of] && !Object.hasOwn(patch, flag));
  const kept = Object.entries(after).filter(([name]) => !stale.some(({ flag }) => flag === name));
  return Object.fromEntries(kept);
}

const isWebAddress = (text: string | undefined): boolean => text === undefined || URL.canParse(text);

/** "The year MAY be 0000, indicating that it is omitted. To represent only the year, YYYY format is allowed." */
function isDay(text: string): boolean {
  const [year = '', month, day] = text.split('-');
  if (month === undefined || day === undefined) return year !== '0000';
  // 2000 had a 29th of February: so may a year that is not told.
  const written = `${year === '0000' ? '2000' : year}-${month}-${day}`;
  const date = new Date(`${written}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().slice(0, 10) === written;
}

const isZone = (text: string): boolean => isAccepted(() => new Intl.DateTimeFormat('en', { timeZone: text }));
const isLanguage = (text: string): boolean => isAccepted(() => Intl.getCanonicalLocales(text));

function isAccepted(attempt: () => unknown): boolean {
  try {
    attempt();
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
