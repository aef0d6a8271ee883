/**
 * Owns an access token by client_credentials (RFC 6749 §4.4): fetched when it is first needed, kept, and renewed in time.
 * Does not own what it is used for.
 */
import { jsonIn } from './admin-problem.js';
import type { TokenSource } from './sender.js';

export interface ClientCredentialsOptions {
  readonly issuer: string;
  /** The address of the admin API: the audience of the token (RFC 8707). */
  readonly adminUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Names, separated by spaces. All that the client is allowed if absent. */
  readonly scope?: string;
  /** In place of the global one. */
  readonly fetch?: typeof fetch;
}

/** No token, and why: `error` is the code of RFC 6749 §5.2. */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused';
  constructor(
    readonly status: number,
    readonly error: string,
    description: string,
  ) {
    super(`no access token: ${error}${description === '' ? '' : `, ${description}`}`);
  }
}

interface Held {
  readonly token: string;
  /** On the clock that only goes forward. */
  readonly renewAtMs: number;
}

/** It is renewed when so much of its lifetime is over: whoever is asked with it has time to look at it. */
const USED_FOR = 0.8;

/** @throws TokenRefused from `token()` */
export function clientCredentials(options: ClientCredentialsOptions): TokenSource {
  let held: Held | undefined;
  let asking: Promise<Held> | undefined;
  const ask = (): Promise<Held> => {
    asking ??= fetchToken(options).finally(() => (asking = undefined));
    return asking;
  };
  return {
    token: async () => {
      if (held === undefined || performance.now() >= held.renewAtMs) held = await ask();
      return held.token;
    },
    refused: (token) => {
      if (held?.token === token) held = undefined;
    },
  };
}

async function fetchToken(options: ClientCredentialsOptions): Promise<Held> {
  const { issuer, adminUrl, clientId, clientSecret, scope, fetch: send = fetch } = options;
  const askedAtMs = performance.now();
  const form = new URLSearchParams({ grant_type: 'client_credentials', resource: adminUrl });
  if (scope !== undefined) form.set('scope', scope);
  const response = await send(`${issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${basic(clientId, clientSecret)}`, accept: 'application/json' },
    body: form,
    redirect: 'error',
  });
  const { access_token: token, expires_in: seconds, ...rest } = await jsonIn(response);
  if (!response.ok || typeof token !== 'string') {
    const { error, error_description: description } = rest;
    throw new TokenRefused(response.status, textOr(error, `status ${response.status}`), textOr(description, ''));
  }
  const lifetimeMs = typeof seconds === 'number' ? seconds * 1000 : 0;
  return { token, renewAtMs: askedAtMs + lifetimeMs * USED_FOR };
}

/** RFC 6749 §2.3.1: both "encoded using the "application/x-www-form-urlencoded" encoding algorithm". */
const basic = (clientId: string, clientSecret: string): string =>
  Buffer.from(`${formEncoded(clientId)}:${formEncoded(clientSecret)}`, 'utf8').toString('base64');
const formEncoded = (text: string): string => new URLSearchParams({ x: text }).toString().slice(2);

const textOr = (value: unknown, otherwise: string): string => (typeof value === 'string' ? value : otherwise);
