/** Owns the getting of many authorization codes from somebody who is logged in and has consented. Does not own what they are for. */
import { createHash, randomBytes } from 'node:crypto';
import type { PlainBrowser, RegisteredClient } from '@latchkey/stack';
import { REDIRECT_URI } from './shots.js';

export interface Code {
  readonly code: string;
  readonly verifier: string;
}

export interface Asked {
  /** With its path. */
  readonly authorizationEndpoint: string;
  readonly client: RegisteredClient;
  readonly scope: string;
  /** Further parameters. */
  readonly extra?: Readonly<Record<string, string>>;
}

/** How many are asked for at once. */
const AT_ONCE = 16;

export function authorizationUrl({ authorizationEndpoint, client, scope, extra }: Asked, verifier: string): URL {
  const url = new URL(authorizationEndpoint);
  url.search = new URLSearchParams({
    client_id: client.client_id,
    response_type: 'code',
    redirect_uri: REDIRECT_URI,
    scope,
    state: 'a state',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...extra,
  }).toString();
  return url;
}

export const newVerifier = (): string => randomBytes(32).toString('base64url');

/** @throws Error when the browser is shown a page instead: whoever is not logged in gets no codes here */
export async function codes(browser: PlainBrowser, asked: Asked, count: number): Promise<Code[]> {
  const found: Code[] = [];
  let left = count;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (left > 0) {
        left -= 1;
        const verifier = newVerifier();
        const step = await browser.open(authorizationUrl(asked, verifier));
        const code = 'location' in step ? step.location.searchParams.get('code') : null;
        if (code === null) {
          throw new Error(`No code came: ${'location' in step ? step.location.search : `${step.status} ${step.url}`}`);
        }
        found.push({ code, verifier });
      }
    }),
  );
  return found;
}
