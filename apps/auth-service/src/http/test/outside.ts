/**
 * Owns what an outside client and a person's browser do with the public port: requests, the way through login and consent,
 * and tokens checked by `jose`, which is no code of ours. Does not own what is expected.
 */
import { createHash, randomBytes } from 'node:crypto';
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet, type JWTPayload, type JWTHeaderParameters } from 'jose';
import { ScriptBrowser } from '../../interaction/test/script-browser.js';
import { ISSUER, PERSON, type ProtocolApp, type TestClient } from './protocol-app.js';

export const REDIRECT_URI = 'https://client.example/cb';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly json: Readonly<Record<string, unknown>>;
}

/** Undefined leaves a parameter out; a list repeats it. */
export type Words = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface Authorized {
  readonly code: string;
  readonly verifier: string;
  readonly callback: URL;
}

export const formOf = (words: Words): URLSearchParams => {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(words)) {
    for (const each of typeof value === 'string' ? [value] : (value ?? [])) form.append(name, each);
  }
  return form;
};

export class Outside {
  /** The browser of one person, who stays logged in. */
  readonly browser: ScriptBrowser;

  constructor(readonly app: Pick<ProtocolApp, 'url' | 'nowSeconds'>) {
    this.browser = new ScriptBrowser(app.url);
  }

  /** With HTTP Basic, or the client_id alone for a public client. */
  async token(client: TestClient, words: Words): Promise<Answer> {
    const { clientId, secret } = client;
    const basic = `Basic ${Buffer.from(`${clientId}:${secret ?? ''}`).toString('base64')}`;
    const response = await fetch(`${this.app.url}/token`, {
      method: 'POST',
      body: formOf({ ...words, ...(secret === undefined ? { client_id: clientId } : {}) }),
      headers: secret === undefined ? {} : { authorization: basic },
    });
    return { status: response.status, headers: response.headers, json: recordOf(await response.json()) };
  }

  async revoke(client: TestClient, token: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    const { clientId, secret } = client;
    const basic = `Basic ${Buffer.from(`${clientId}:${secret ?? ''}`).toString('base64')}`;
    return fetch(`${this.app.url}/revoke`, {
      method: 'POST',
      body: formOf({ token, ...(secret === undefined ? { client_id: clientId } : {}) }),
      headers: { ...headers, ...(secret === undefined ? {} : { authorization: basic }) },
    });
  }

  async introspect(client: TestClient, token: string, words: Words = {}): Promise<Answer> {
    const response = await this.ask('/introspect', client, { token, ...words });
    return { status: response.status, headers: response.headers, json: recordOf(await response.json()) };
  }

  /** A form to an endpoint for machines, with HTTP Basic, or the client_id alone for a public client. */
  ask(
    path: string,
    { clientId, secret }: TestClient,
    words: Words,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    const basic = `Basic ${Buffer.from(`${clientId}:${secret ?? ''}`).toString('base64')}`;
    return fetch(this.app.url + path, {
      method: 'POST',
      redirect: 'manual',
      body: formOf({ ...words, ...(secret === undefined ? { client_id: clientId } : {}) }),
      headers: { ...headers, ...(secret === undefined ? {} : { authorization: basic }) },
    });
  }

  machine(client: TestClient, words: Words = {}): Promise<Answer> {
    return this.token(client, { grant_type: 'client_credentials', ...words });
  }

  refresh(client: TestClient, refreshToken: string, words: Words = {}): Promise<Answer> {
    return this.token(client, { grant_type: 'refresh_token', refresh_token: refreshToken, ...words });
  }

  redeem(client: TestClient, { code, verifier }: Authorized, words: Words = {}): Promise<Answer> {
    const parameters = { code, code_verifier: verifier, redirect_uri: REDIRECT_URI, ...words };
    return this.token(client, { grant_type: 'authorization_code', ...parameters });
  }

  /** Through login where it is asked, and consent where it is, to the code. */
  async authorize(client: TestClient, words: Words = {}): Promise<Authorized> {
    const verifier = randomBytes(32).toString('base64url');
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    const begun = await this.browser.get(authorizePath(client, { code_challenge: challenge, ...words }));
    if (begun.location === '') throw new Error(`/authorize answered ${begun.status}`);
    let page = begun.location.startsWith('/') ? await this.browser.get(begun.location) : begun;
    if (page.body.includes('id="login-submit"')) {
      const loggedIn = await this.browser.logIn(page, PERSON.username, PERSON.password);
      page = await this.browser.get(loggedIn.location);
    }
    const answer = page.location === '' ? await this.browser.approve(page) : page;
    const callback = new URL(answer.location);
    const code = callback.searchParams.get('code');
    if (code === null) throw new Error(`no code came back but ${callback.searchParams.toString()}`);
    return { code, verifier, callback };
  }

  /** From the authorization request to the answer of the token endpoint. */
  async logIn(client: TestClient, words: Words = {}): Promise<Answer> {
    return this.redeem(client, await this.authorize(client, words));
  }

  /** Header and claims, if a key of the published set has signed the token and it is valid at the app's time. */
  async verified(
    token: string,
    audience: string,
  ): Promise<{ readonly header: JWTHeaderParameters; readonly claims: JWTPayload }> {
    const response = await fetch(`${this.app.url}/jwks`);
    // What `jose` makes of the document is the test of it.
    const keys = createLocalJWKSet((await response.json()) as JSONWebKeySet);
    const options = { issuer: ISSUER, audience, currentDate: new Date(this.app.nowSeconds() * 1000) };
    const { protectedHeader, payload } = await jwtVerify(token, keys, options);
    return { header: protectedHeader, claims: payload };
  }
}

export function authorizePath(client: TestClient, words: Words = {}): string {
  const form = formOf({
    client_id: client.clientId,
    redirect_uri: REDIRECT_URI,
    response_type: 'code',
    scope: 'openid notes:read notes:write',
    state: 'a state',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
    ...words,
  });
  return `/authorize?${form.toString()}`;
}

export function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw new Error(`not an object: ${JSON.stringify(value)}`);
  return { ...value };
}

export function textOf(answer: Answer, name: string): string {
  const value = answer.json[name];
  if (typeof value !== 'string') throw new Error(`${answer.status} without ${name}: ${JSON.stringify(answer.json)}`);
  return value;
}

/** Status and code of a refusal, to be compared at once. */
export const refusalOf = (answer: Answer): readonly unknown[] => [answer.status, answer.json['error']];

/** A scope as a set: its order carries no meaning (RFC 6749 §3.3). */
export const scopeOf = (value: unknown): readonly string[] =>
  typeof value === 'string' ? value.split(' ').sort() : [];
