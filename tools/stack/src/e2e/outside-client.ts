// Owns: an outside client: plain fetch and node:crypto, no code of ours. Does not own: what is right; the specs say that.
import { createHash, randomBytes } from 'node:crypto';
import { logInAndApprove, PlainBrowser } from '../person/plain-browser.js';
import type { BootstrapFile } from '../start/bootstrap-file.js';

export const REDIRECT_URI = 'https://client.example/cb';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The JSON of the answer, or an empty object. */
  readonly json: Readonly<Record<string, unknown>>;
}

export interface RegisteredClient {
  readonly client_id: string;
  readonly client_secret?: string;
}

export interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly id_token?: string;
}

export async function send(url: string | URL, init?: RequestInit): Promise<Answer> {
  const response = await fetch(url, { redirect: 'manual', ...init });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: jsonOf(text) };
}

function jsonOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

export const basic = (client: RegisteredClient): string =>
  `Basic ${Buffer.from(`${client.client_id}:${client.client_secret ?? ''}`).toString('base64')}`;

/** One installation of the product, seen from outside. */
export class Outside {
  constructor(readonly bootstrap: BootstrapFile) {}

  async adminToken(): Promise<string> {
    const answer = await this.token(this.bootstrap.admin, { grant_type: 'client_credentials' });
    return textOf(answer, 'access_token');
  }

  async createClient(metadata: Readonly<Record<string, unknown>> = {}): Promise<RegisteredClient> {
    const answer = await this.postClient(await this.adminToken(), {
      client_name: 'An outside client',
      redirect_uris: [REDIRECT_URI],
      grant_types: ['authorization_code', 'refresh_token'],
      scope: 'openid offline_access notes:read notes:write',
      ...metadata,
    });
    if (answer.status !== 201) throw new Error(`creating a client answered ${answer.status}: ${answer.text}`);
    const secret = answer.json['client_secret'];
    return {
      client_id: textOf(answer, 'client_id'),
      ...(typeof secret === 'string' ? { client_secret: secret } : {}),
    };
  }

  /** @param metadata what is to be sent as JSON; a text is sent as it is */
  async postClient(adminToken: string, metadata: Readonly<Record<string, unknown>> | string): Promise<Answer> {
    return send(`${this.bootstrap.admin_url}/admin/v1/clients`, {
      method: 'POST',
      headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
      body: typeof metadata === 'string' ? metadata : JSON.stringify(metadata),
    });
  }

  /** A request at the token endpoint, with HTTP Basic unless the client has no secret. */
  async token(client: RegisteredClient, parameters: Readonly<Record<string, string>>): Promise<Answer> {
    return this.post('/token', client, parameters);
  }

  async revoke(client: RegisteredClient, token: string): Promise<Answer> {
    return this.post('/revoke', client, { token });
  }

  async introspect(client: RegisteredClient, token: string): Promise<Answer> {
    return this.post('/introspect', client, { token });
  }

  /** A legal authorization request, and the verifier that belongs to it. */
  authorizationRequest(
    client: RegisteredClient,
    options: { readonly scope?: string; readonly extra?: Record<string, string> } = {},
  ): { url: URL; verifier: string } {
    const verifier = randomBytes(32).toString('base64url');
    const url = new URL(`${this.bootstrap.issuer}/authorize`);
    url.search = new URLSearchParams({
      client_id: client.client_id,
      response_type: 'code',
      redirect_uri: REDIRECT_URI,
      scope: options.scope ?? 'openid notes:read notes:write',
      state: 'a state',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
      ...options.extra,
    }).toString();
    return { url, verifier };
  }

  /** Walks login and consent as a browser without JavaScript; answers the code and the verifier that belongs to it. */
  async authorize(
    client: RegisteredClient,
    options: { readonly scope?: string; readonly browser?: PlainBrowser; readonly extra?: Record<string, string> } = {},
  ): Promise<{ code: string; verifier: string; callback: URL }> {
    const { url, verifier } = this.authorizationRequest(client, options);
    const browser = options.browser ?? new PlainBrowser(this.bootstrap.issuer);
    const callback = await logInAndApprove(browser, url, this.bootstrap.user);
    const code = callback.searchParams.get('code');
    if (code === null) throw new Error(`no code came back but ${callback.searchParams.toString()}`);
    return { code, verifier, callback };
  }

  async redeem(client: RegisteredClient, authorized: { code: string; verifier: string }): Promise<Answer> {
    return this.token(client, {
      grant_type: 'authorization_code',
      code: authorized.code,
      code_verifier: authorized.verifier,
      redirect_uri: REDIRECT_URI,
    });
  }

  /** From login to tokens. */
  async logIn(client: RegisteredClient, options: { readonly scope?: string } = {}): Promise<Tokens> {
    return tokensOf(await this.redeem(client, await this.authorize(client, options)));
  }

  async refresh(client: RegisteredClient, refreshToken: string): Promise<Answer> {
    return this.token(client, { grant_type: 'refresh_token', refresh_token: refreshToken });
  }

  async notes(accessToken: string, text?: string): Promise<Answer> {
    return send(`${this.bootstrap.api_url}/notes`, {
      headers: {
        authorization: `Bearer ${accessToken}`,
        ...(text === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(text === undefined ? {} : { method: 'POST', body: JSON.stringify({ text }) }),
    });
  }

  private async post(
    path: string,
    client: RegisteredClient,
    parameters: Readonly<Record<string, string>>,
  ): Promise<Answer> {
    const isPublic = client.client_secret === undefined;
    const body = new URLSearchParams({ ...parameters, ...(isPublic ? { client_id: client.client_id } : {}) });
    return send(`${this.bootstrap.issuer}${path}`, {
      method: 'POST',
      body,
      headers: isPublic ? {} : { authorization: basic(client) },
    });
  }
}

export function textOf(answer: Answer, name: string): string {
  const value = answer.json[name];
  if (typeof value !== 'string') throw new Error(`the answer ${answer.status} has no ${name}: ${answer.text}`);
  return value;
}

export function tokensOf(answer: Answer): Tokens {
  const idToken = answer.json['id_token'];
  return {
    access_token: textOf(answer, 'access_token'),
    refresh_token: textOf(answer, 'refresh_token'),
    ...(typeof idToken === 'string' ? { id_token: idToken } : {}),
  };
}
