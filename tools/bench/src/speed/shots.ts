/** Owns the requests of the token endpoint and its neighbours, as every contender is asked them. Does not own who asks what. */
import { basic, type RegisteredClient } from '@latchkey/stack';
import type { Shot } from './load/plan.js';

export const REDIRECT_URI = 'https://client.example/cb';

export const get = (path: string): Shot => ({ method: 'GET', path, headers: {}, body: '' });

/** client_secret_basic on all sides. */
export function form(path: string, client: RegisteredClient, parameters: Readonly<Record<string, string>>): Shot {
  const headers = { authorization: basic(client), 'content-type': 'application/x-www-form-urlencoded' };
  return { method: 'POST', path, headers, body: new URLSearchParams(parameters).toString() };
}

export const redemption = (path: string, client: RegisteredClient, code: string, verifier: string): Shot =>
  form(path, client, {
    grant_type: 'authorization_code',
    code,
    code_verifier: verifier,
    redirect_uri: REDIRECT_URI,
  });

/** What stands before the refresh token in the body of a refresh. */
export const REFRESH_PREFIX = 'grant_type=refresh_token&refresh_token=';

export const refresh = (path: string, client: RegisteredClient, token: string): Shot => ({
  ...form(path, client, {}),
  body: `${REFRESH_PREFIX}${encodeURIComponent(token)}`,
});

/** The JSON of one answer, asked once and not measured. @throws Error unless it is a success */
export async function answerTo(origin: string, shot: Shot): Promise<Readonly<Record<string, unknown>>> {
  const { method, path, headers, body } = shot;
  const response = await fetch(new URL(path, origin), { method, headers, ...(body === '' ? {} : { body }) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
  return Object(JSON.parse(text)) as Readonly<Record<string, unknown>>;
}
