import { beforeAll, describe, expect, it } from '@jest/globals';
import type { EndpointResponse } from '../endpoint.js';
import { anApi } from '../testing/builders.js';
import { type MetadataType, REGISTERED_METADATA } from '../testing/registered-metadata.js';
import { MetadataEndpoint } from './documents.js';

const ISSUER = 'https://login.example';
const endpoint = new MetadataEndpoint(
  {
    issuer: ISSUER,
    ...{ accessTokenLifetimeSeconds: 300, idTokenLifetimeSeconds: 300, grantLifetimeSeconds: 86_400 },
    ...{ refreshToleranceSeconds: 10, jwksMaxAgeSeconds: 60 },
  },
  { all: () => Promise.resolve([anApi()]) },
);

let answer: EndpointResponse;
let said: Readonly<Record<string, unknown>>;
beforeAll(async () => {
  answer = await endpoint.handle({
    ...{ method: 'GET', query: '', body: '', contentType: undefined, authorization: undefined, prefer: undefined },
    ...{ ifNoneMatch: undefined, accept: undefined },
  });
  said = { ...(JSON.parse(answer.body) as object) };
});

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((each) => typeof each === 'string' && each !== '');
const FITS: Readonly<Record<MetadataType, (value: unknown) => boolean>> = {
  text: (value) => typeof value === 'string' && value !== '',
  url: (value) => typeof value === 'string' && URL.canParse(value),
  // RFC 8414 §3.2: "Claims with zero elements MUST be omitted from the response."
  texts: (value) => isTexts(value) && value.length > 0 && new Set(value).size === value.length,
  boolean: (value) => typeof value === 'boolean',
  object: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
};
const textsOf = (name: string): readonly string[] => {
  const value = said[name];
  if (!isTexts(value)) throw new Error(`${name} is no list of texts`);
  return value;
};

describe('R1 OpenID Connect Discovery §4.3, RFC 8414 §2 and §3 the issuer', () => {
  it('is an https URL of nothing but a host, so that both well-known places are one: nothing is inserted or appended', () => {
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/json']);
    expect(said['issuer']).toBe(ISSUER);
    const { protocol, search, hash, username, password, pathname } = new URL(String(said['issuer']));
    expect([protocol, search, hash, username, password, pathname]).toEqual(['https:', '', '', '', '', '/']);
  });
});

describe('R2 and R4 OpenID Connect Discovery §3, RFC 8414 §2 what is said', () => {
  it('is registered, each member of it, and of its type', () => {
    const wrong = Object.entries(said).filter(([name, value]) => {
      const type = REGISTERED_METADATA.get(name);
      return type === undefined || !FITS[type](value);
    });
    expect(wrong).toEqual([]);
  });

  it('has every place under https', () => {
    const places = Object.entries(said).filter(([name]) => /_endpoint$|_uri$|_iframe$/.test(name));
    expect(places.length).toBeGreaterThanOrEqual(6);
    for (const [name, place] of places) expect([name, new URL(String(place)).protocol]).toEqual([name, 'https:']);
  });

  it('has what must not be missing', () => {
    expect(textsOf('response_types_supported')).toContain('code');
    expect(textsOf('id_token_signing_alg_values_supported')).toContain('RS256');
    expect(textsOf('id_token_signing_alg_values_supported')).not.toContain('none');
    expect(['public', 'pairwise']).toEqual(expect.arrayContaining([...textsOf('subject_types_supported')]));
    expect(textsOf('scopes_supported')).toContain('openid');
    for (const scope of textsOf('scopes_supported')) expect(scope).toMatch(/^[\x21\x23-\x5B\x5D-\x7E]+$/);
    expect(textsOf('code_challenge_methods_supported')).toEqual(['S256']);
    for (const claim of ['sub', 'iss', 'auth_time', 'acr', 'updated_at', 'phone_number_verified']) {
      expect(textsOf('claims_supported')).toContain(claim);
    }
  });
});

describe('R5, R6 and R16 what a client cannot know otherwise', () => {
  it('is said in so many words, as what is left out has a default of its own', () => {
    for (const name of ['request_parameter_supported', 'request_uri_parameter_supported'])
      expect(said[name]).toBe(false);
    expect(said['claims_parameter_supported']).toBe(true);
    expect(said['require_request_uri_registration']).toBe(false);
    expect(said['authorization_response_iss_parameter_supported']).toBe(true);
    expect(textsOf('grant_types_supported')).toContain('refresh_token');
  });
});
