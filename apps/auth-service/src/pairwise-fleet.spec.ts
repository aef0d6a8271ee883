import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '@latchkey/tokens/testing';
import { toSeconds } from '@latchkey/tokens';
import { decodeJwt } from 'jose';
import { Outside, REDIRECT_URI, textOf } from './http/test/outside.js';
import { PERSON } from './http/test/protocol-app.js';
import { type Installation, type LinedGuard, startInstallation } from './test/installation.js';

let fleet: Installation;
let guard: LinedGuard;
/** A browser and an application at each of the two instances. */
let outsides: readonly Outside[];
beforeAll(async () => {
  fleet = await startInstallation(5000, { DEMO_USER: PERSON.username, DEMO_PASSWORD: PERSON.password });
  guard = await fleet.addGuard();
  outsides = fleet.publicUrls.map((url) => new Outside({ url, nowSeconds: () => toSeconds(systemClock.now()) }));
});
afterAll(() => fleet.stop());

const SCOPE = 'openid notes:read';

async function addClient(subjectType: 'public' | 'pairwise', host: string) {
  const redirectUri = `https://${host}/cb`;
  const { json } = await fleet.admin('POST', '/clients', {
    body: {
      ...{ client_name: host, redirect_uris: [redirectUri], scope: SCOPE, subject_type: subjectType },
      grant_types: ['authorization_code', 'refresh_token'],
    },
  });
  return { client: { clientId: String(json['client_id']), secret: String(json['client_secret']) }, redirectUri };
}

async function logIn({ client, redirectUri }: Awaited<ReturnType<typeof addClient>>, at: 0 | 1) {
  const outside = outsides[at];
  if (outside === undefined) throw new Error('no instance');
  const words = { redirect_uri: redirectUri };
  const code = await outside.authorize(client, { ...words, scope: SCOPE, prompt: 'consent' });
  const access = textOf(await outside.redeem(client, code, words), 'access_token');
  return { access, sub: decodeJwt(access).sub ?? '' };
}

const userinfo = async (token: string): Promise<readonly number[]> =>
  Promise.all(
    fleet.publicUrls.map(
      async (url) => (await fetch(`${url}/userinfo`, { headers: { authorization: `Bearer ${token}` } })).status,
    ),
  );

describe('revocation.md V3 over a real Redis: whoever deletes a person revokes every name that tokens say', () => {
  it('two instances name the person alike, and a guard and both refuse all of it, by receipt', async () => {
    const [here, there, open] = [
      await addClient('pairwise', new URL(REDIRECT_URI).host),
      await addClient('pairwise', 'other.example'),
      await addClient('public', 'open.example'),
    ];
    const held = [await logIn(here, 0), await logIn(here, 1), await logIn(there, 1), await logIn(open, 0)];
    const [one, same, other, own] = held.map(({ sub }) => sub);
    expect(same).toBe(one);
    expect(new Set([one, other, own]).size).toBe(3);
    for (const { access } of held) {
      expect(await guard.judge(access)).toBe('admit');
      expect(await userinfo(access)).toEqual([200, 200]);
    }

    const deleted = await fleet.admin('DELETE', `/users/${own ?? ''}`, { headers: { prefer: 'wait=10' } });
    expect([deleted.status, deleted.preferenceApplied]).toEqual([200, 'wait=10']);
    expect(deleted.json['revocation']).toMatchObject({ state: 'applied' });
    for (const { access } of held) {
      expect(await guard.judge(access)).toBe('refuse');
      expect(await userinfo(access)).toEqual([401, 401]);
    }
  });
});
