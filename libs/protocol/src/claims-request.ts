/**
 * Owns the reading of the `claims` parameter (OpenID Connect Core §5.5): which claims are asked for, where, and about whom.
 * Does not own whether the person allows them (consent), nor their values.
 */
import { OAuthError } from './errors.js';
import { scopeOfClaim } from './standard-claims.js';

export interface RequestedClaim {
  readonly name: string;
  /** OpenID Connect Core §5.5.1: of weight to the client; that it cannot be had is no error. */
  readonly essential: boolean;
}

/** Claims about the person alone; those about the log-in stand in every ID token. */
export interface RequestedClaims {
  readonly userinfo: readonly RequestedClaim[];
  readonly idToken: readonly RequestedClaim[];
}

export interface ClaimsRequest {
  readonly claims: RequestedClaims;
  /** The ID token must speak of one of these; undefined: of whoever it is. */
  readonly subs: readonly string[] | undefined;
  /** One of these is essential; undefined: any will do. */
  readonly acrs: readonly string[] | undefined;
}

/** Characters. All claims that are known here, each essential in both places, are not half of it. */
const LONGEST = 4096;

const malformed = (what: string): OAuthError => new OAuthError('invalid_request', `the parameter claims ${what}`);

type Members = Readonly<Record<string, unknown>>;

/**
 * OpenID Connect Core §5.5: "Any members used that are not understood MUST be ignored", and so are claims that are not known
 * here or whose scope the client may not have. `value` and `values` count for `sub` and `acr`: nothing else has a choice.
 * @throws OAuthError invalid_request when it is no JSON object of the form of §5.5
 */
export function readClaimsRequest(text: string, allowedScope: readonly string[]): ClaimsRequest {
  if (text.length > LONGEST) throw malformed('is too long');
  const request = objectOf(parsed(text), 'is not a JSON object');
  const [userinfo, idToken] = [placeOf(request, 'userinfo'), placeOf(request, 'id_token')];
  const acr = individual(idToken, 'acr');
  return {
    claims: { userinfo: known(userinfo, allowedScope), idToken: known(idToken, allowedScope) },
    // §5.5.1: sub "with a value"; §3.1.2.2: then "the Authorization Server MUST only send a positive response if the End-User
    // identified by that sub value has an active session … or has been Authenticated as a result of the request".
    subs: wantedValues(individual(idToken, 'sub'), 'sub'),
    // §5.5.1.1: a voluntary acr is a wish, as acr_values are.
    acrs: isEssential(acr, 'acr') ? wantedValues(acr, 'acr') : undefined,
  };
}

/** The scopes that hold what is asked for: with `claims` a person is asked for the same as with these. */
export const scopesOfClaims = (claims: RequestedClaims): readonly string[] => [
  ...new Set([...claims.userinfo, ...claims.idToken].flatMap(({ name }) => scopeOfClaim(name) ?? [])),
];

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw malformed('is not JSON');
  }
}

function objectOf(value: unknown, otherwise: string): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed(otherwise);
  return { ...value };
}

const placeOf = (request: Members, place: string): Members =>
  request[place] === undefined ? {} : objectOf(request[place], `has a member ${place} that is no object`);

function known(place: Members, allowedScope: readonly string[]): readonly RequestedClaim[] {
  return Object.keys(place).flatMap((name) => {
    const scope = scopeOfClaim(name);
    if (scope === undefined) return [];
    const essential = isEssential(individual(place, name), name);
    return allowedScope.includes(scope) ? [{ name, essential }] : [];
  });
}

/** §5.5.1: "null … requested in the default manner", or an object; absent for us is the same. */
function individual(place: Members, name: string): Members {
  const value = Object.hasOwn(place, name) ? place[name] : null;
  return value === null ? {} : objectOf(value, `asks for ${name} neither by null nor by an object`);
}

function isEssential({ essential = false }: Members, name: string): boolean {
  if (typeof essential !== 'boolean') throw malformed(`asks for ${name} with an essential that is no boolean`);
  return essential;
}

/** §5.5.1 `value` and `values`; both at once are the set of both. */
function wantedValues({ value, values = [] }: Members, name: string): readonly string[] | undefined {
  if (!Array.isArray(values)) throw malformed(`asks for ${name} with values that are no array`);
  const wanted: readonly unknown[] = value === undefined ? values : [value, ...(values as readonly unknown[])];
  const texts = wanted.filter((each) => typeof each === 'string');
  if (texts.length < wanted.length) throw malformed(`asks for ${name} with a value that is no string`);
  return texts.length === 0 ? undefined : texts;
}
