// Owns: the demonstration: a client that nobody here wrote walks the whole main job and says what it sees.
// Does not own: anything of ours beyond HTTP. It reads bootstrap.json as a person would.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AdminClient, clientCredentials } from '@latchkey/admin-client';
import * as openid from 'openid-client';
import { dataDirectoryOf } from '../start/embedded-database.js';
import { logInAndApprove, PlainBrowser } from '../person/plain-browser.js';

interface Bootstrap {
  readonly issuer: string;
  readonly admin_url: string;
  readonly api_url: string;
  readonly admin: { readonly client_id: string; readonly client_secret: string };
  readonly user: { readonly username: string; readonly password: string };
}

const REDIRECT_URI = 'http://127.0.0.1:3999/callback';
let step = 0;
// A reader that has gone (`| head`) hears no more; the walk goes on to its end.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});
const tell = (text: string): void => {
  process.stdout.write(`${String(++step).padStart(2)}. ${text}\n`);
};
const show = (text: string): void => {
  process.stdout.write(`      ${text}\n`);
};

async function demo(): Promise<void> {
  const bootstrap = readBootstrap();
  const issuer = new URL(bootstrap.issuer);
  // Only because the issuer of a stack on this machine speaks plain HTTP.
  const execute = issuer.protocol === 'http:' ? { execute: [openid.allowInsecureRequests] } : {};

  tell(`The operator's client asks ${bootstrap.issuer} for a token by client_credentials.`);
  const { client_id: clientId, client_secret: clientSecret } = bootstrap.admin;
  const adminUrl = bootstrap.admin_url;
  const tokens = clientCredentials({ issuer: bootstrap.issuer, adminUrl, clientId, clientSecret });
  await tokens.token();

  tell('It registers a client, "Printer", through the admin API.');
  const { resource: registered } = await new AdminClient({ adminUrl, tokens }).createClient({
    body: {
      client_name: 'Printer',
      redirect_uris: [REDIRECT_URI],
      grant_types: ['authorization_code', 'refresh_token'],
      scope: 'openid notes:read notes:write',
    },
  });
  show(`client_id ${registered.client_id}`);

  tell('Printer sends the person to /authorize, with PKCE, state and nonce.');
  const printer = await openid.discovery(
    issuer,
    registered.client_id,
    undefined,
    openid.ClientSecretBasic(registered.client_secret ?? ''),
    execute,
  );
  const codeVerifier = openid.randomPKCECodeVerifier();
  const expected = { state: openid.randomState(), nonce: openid.randomNonce() };
  const authorizationUrl = openid.buildAuthorizationUrl(printer, {
    redirect_uri: REDIRECT_URI,
    scope: 'openid notes:read notes:write',
    code_challenge: await openid.calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: 'S256',
    ...expected,
  });

  tell(`"${bootstrap.user.username}" logs in and approves, in a browser without JavaScript.`);
  const callback = await logInAndApprove(new PlainBrowser(bootstrap.issuer), authorizationUrl, bootstrap.user);
  show(`sent back with ${[...callback.searchParams.keys()].join(', ')}`);

  tell('Printer redeems the code.');
  const checks = { pkceCodeVerifier: codeVerifier, expectedState: expected.state, expectedNonce: expected.nonce };
  const granted = await openid.authorizationCodeGrant(printer, callback, checks);
  const claims = granted.claims();
  show(
    `access token for ${granted.expires_in ?? '?'} s, scope "${granted.scope ?? ''}", ID token for sub ${claims?.sub ?? '?'}`,
  );

  tell(`It writes a note and reads it at ${bootstrap.api_url}/notes.`);
  const notes = `${bootstrap.api_url}/notes`;
  const written = await callApi(notes, granted.access_token, { text: `Printed on ${new Date().toISOString()}` });
  show(`POST ${due(written, 201)}`);
  show(`GET ${due(await callApi(notes, granted.access_token), 200)}`);

  tell('It refreshes, and revokes the new access token.');
  const refreshed = await openid.refreshTokenGrant(printer, granted.refresh_token ?? '');
  show(`GET ${due(await callApi(notes, refreshed.access_token), 200)} with the new one`);
  await openid.tokenRevocation(printer, refreshed.access_token);
  const revokedAt = performance.now();
  const refused = await untilRefused(notes, refreshed.access_token);
  show(
    `GET ${due(refused, 401)}, ${(performance.now() - revokedAt).toFixed(1)} ms after the revocation was acknowledged`,
  );
  show(`WWW-Authenticate: ${refused.challenge}`);

  tell('Somebody replays the code: the whole grant ends.');
  const replay = await openid.authorizationCodeGrant(printer, callback, checks).then(
    () => {
      throw new Error('the replayed code was accepted');
    },
    (error: unknown) => {
      if (error instanceof openid.ResponseBodyError) return error.error;
      throw error;
    },
  );
  show(`the replay answers ${replay}`);
  show(`GET ${due(await untilRefused(notes, granted.access_token), 401)} with the first access token`);
}

function readBootstrap(): Bootstrap {
  const path = join(dataDirectoryOf(process.env), 'bootstrap.json');
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Bootstrap;
  } catch (cause) {
    throw new Error(`${path} cannot be read. Start the stack first: npm start`, { cause });
  }
}

interface Answer {
  readonly status: number;
  readonly challenge: string;
}

/** The status, which is the one that was due. @throws Error when it is another: nothing that comes after it would show anything */
function due({ status, challenge }: Answer, wanted: number): number {
  if (status === wanted) return status;
  throw new Error(`the API answered ${status} where ${wanted} was due. ${challenge}`);
}

async function callApi(url: string, token: string, note?: object): Promise<Answer> {
  const response = await fetch(url, {
    method: note === undefined ? 'GET' : 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      ...(note === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(note === undefined ? {} : { body: JSON.stringify(note) }),
  });
  await response.text();
  return { status: response.status, challenge: response.headers.get('www-authenticate') ?? '' };
}

/** The API hears of a revocation a moment after it was acknowledged: asks again for at most two seconds. */
async function untilRefused(url: string, token: string): Promise<Answer> {
  let answer = await callApi(url, token);
  for (let tries = 0; answer.status === 200 && tries < 200; tries++) {
    await sleep(10);
    answer = await callApi(url, token);
  }
  return answer;
}

demo().catch((error: unknown) => {
  const refused = error instanceof TypeError && error.message === 'fetch failed';
  const text = refused ? 'nothing answers. Start the stack first: npm start' : String(error);
  process.stderr.write(`The demo stopped: ${text}\n`);
  process.exitCode = 1;
});
