import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ExpiredRows } from '../persistence/postgres/expired-rows.js';
import { type Answer, Outside, refusalOf, textOf } from './test/outside.js';
import { LIFETIMES, NOTES, type ProtocolApp, startProtocolApp, type TestClient } from './test/protocol-app.js';

const IDLE_SECONDS = 3600;
/** What clocks and a slow machine may differ by. */
const ROOM_SECONDS = 900;

let app: ProtocolApp;
let outside: Outside;
let client: TestClient;
beforeAll(async () => {
  app = await startProtocolApp();
  outside = new Outside(app);
});
afterAll(() => app.close());

interface Granted {
  readonly grantId: string;
  readonly refreshToken: string;
}
const grantedOf = async (answer: Answer): Promise<Granted> => {
  const { claims } = await outside.verified(textOf(answer, 'access_token'), NOTES.identifier);
  return { grantId: String(claims['grant_id']), refreshToken: textOf(answer, 'refresh_token') };
};
const granted = async (): Promise<Granted> =>
  grantedOf(await outside.logIn(client, { scope: 'notes:read offline_access', prompt: 'consent' }));
const refreshed = async ({ refreshToken }: Granted): Promise<Granted> =>
  grantedOf(await outside.refresh(client, refreshToken));
/** As if so much time had passed, by the clock of PostgreSQL. */
const pass = (seconds: number) =>
  app.sql(
    `UPDATE auth.grants SET last_used_at = last_used_at - make_interval(secs => $1),
       created_at = created_at - make_interval(secs => $1), expires_at = expires_at - make_interval(secs => $1),
       rotation_bucket = rotation_bucket - $1::bigint`,
    [seconds],
  );
const register = (words: { readonly lifetime?: number; readonly idle?: number }) =>
  app.sql(
    'UPDATE auth.clients SET refresh_token_lifetime_seconds = $2, refresh_token_idle_seconds = $3 WHERE client_id = $1',
    [client.clientId, words.lifetime ?? null, words.idle ?? null],
  );
const expectEnded = async ({ refreshToken, grantId }: Granted): Promise<void> => {
  expect((await outside.introspect(client, refreshToken)).json).toEqual({ active: false });
  expect(refusalOf(await outside.refresh(client, refreshToken))).toEqual([400, 'invalid_grant']);
  expect(await app.sql('SELECT 1 FROM auth.revocations WHERE value = $1', [grantId])).toEqual([]);
};

describe('RFC 9700 §4.14.2 "refresh tokens SHOULD expire if the client has been inactive for some time": refresh_token_idle_seconds', () => {
  beforeEach(async () => {
    client = await app.addClient({ refreshTokenIdleSeconds: IDLE_SECONDS });
  });

  it('refuses one that lay unused for longer, from its birth on; nothing is revoked, since nothing was stolen', async () => {
    const one = await granted();
    await pass(IDLE_SECONDS + ROOM_SECONDS);
    await expectEnded(one);
  });

  it('takes one that is used in time, however often, and each use begins the span anew', async () => {
    let one = await granted();
    for (let time = 0; time < 3; time += 1) {
      await pass(IDLE_SECONDS - ROOM_SECONDS);
      one = await refreshed(one);
    }
    await pass(IDLE_SECONDS + ROOM_SECONDS);
    await expectEnded(one);
  });

  it('refuses each of 50 at once when the span is over', async () => {
    const { refreshToken } = await granted();
    await pass(IDLE_SECONDS + ROOM_SECONDS);
    const answers = await Promise.all(Array.from({ length: 50 }, () => outside.refresh(client, refreshToken)));
    expect(answers.map(refusalOf)).toEqual(Array.from({ length: 50 }, () => [400, 'invalid_grant']));
  });

  it('counts as it stands now, also for what was granted before: shortened, lengthened, and taken away', async () => {
    const one = await granted();
    await pass(IDLE_SECONDS - ROOM_SECONDS);
    await register({ idle: 60 });
    await expectEnded(one);
    await register({ idle: IDLE_SECONDS });
    const two = await refreshed(one);
    await pass(4 * IDLE_SECONDS);
    await expectEnded(two);
    await register({});
    await refreshed(two);
  });

  it('is the end that introspection tells of (RFC 7662 §2.2 exp), where it comes before the end of the grant', async () => {
    const { refreshToken } = await granted();
    const { json } = await outside.introspect(client, refreshToken);
    const left = Number(json['exp']) - Date.now() / 1000;
    expect(Math.abs(left - IDLE_SECONDS)).toBeLessThan(ROOM_SECONDS);
  });

  it('removes no row before the grant has expired: a longer span would let it go on', async () => {
    const one = await granted();
    await pass(2 * IDLE_SECONDS);
    await new ExpiredRows(app.database).sweep();
    await register({ idle: 4 * IDLE_SECONDS });
    await refreshed(one);
  });
});

describe('refresh_token_lifetime_seconds: how long a grant may be refreshed', () => {
  const lifeOf = async ({ grantId }: Granted): Promise<unknown> =>
    (
      await app.sql(
        'SELECT extract(epoch FROM expires_at - created_at)::float8 AS life FROM auth.grants WHERE grant_id = $1',
        [grantId],
      )
    )[0]?.['life'];

  it.each([
    ['shorter than the setting', 7200, 7200],
    ['longer than the setting, which bounds it', LIFETIMES.grant + 7200, LIFETIMES.grant],
    ['not said', undefined, LIFETIMES.grant],
  ])('%s: stamped when the code is redeemed', async (_, lifetime, life) => {
    client = await app.addClient(lifetime === undefined ? {} : { refreshTokenLifetimeSeconds: lifetime });
    expect(await lifeOf(await granted())).toBe(life);
  });

  it('ends it however often it is refreshed', async () => {
    client = await app.addClient({ refreshTokenLifetimeSeconds: 7200 });
    let one = await granted();
    await pass(3600 - ROOM_SECONDS);
    one = await refreshed(one);
    await pass(3600);
    one = await refreshed(one);
    await pass(2 * ROOM_SECONDS);
    await expectEnded(one);
  });

  it('binds what was granted before when it is shortened, and never prolongs what was stamped', async () => {
    client = await app.addClient();
    const one = await granted();
    await pass(7200);
    await register({ lifetime: 3600 });
    await expectEnded(one);
    await register({ lifetime: 2 * LIFETIMES.grant });
    const two = await refreshed(one);
    await pass(LIFETIMES.grant);
    await expectEnded(two);
  });
});
