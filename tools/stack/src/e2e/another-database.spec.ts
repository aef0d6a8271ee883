// revocation.md V1, V7: PostgreSQL is thrown away and the Redis is kept. What the database before had revoked refuses nothing of the new one's.
import { createTestDatabase } from '@latchkey/testbed';
import { Endings } from './endings.js';
import { Installation } from './installation.js';
import { statusSoon } from './main-job.contract.js';
import { send } from './outside-client.js';

const endings = new Endings();
let before: Installation;
let after: Installation;
let tokenOfBefore: string;

const revoke = async ({ outside }: Installation, body: object): Promise<number> => {
  const answer = await send(`${outside.bootstrap.admin_url}/admin/v1/revocations`, {
    method: 'POST',
    headers: {
      ...{ authorization: `Bearer ${await outside.adminToken()}`, 'content-type': 'application/json' },
      prefer: 'wait=5',
    },
    body: JSON.stringify(body),
  });
  return answer.status;
};

beforeAll(async () => {
  before = endings.keep(await Installation.start());
  tokenOfBefore = (await before.outside.logIn(await before.outside.createClient())).access_token;
  // What is wide, and named by what another database may have too: a generation of the issuer, and of a client whose id is given.
  expect(await revoke(before, { kind: 'issuer', reason: 'a spec' })).toBe(201);
  const { client_id: admin } = before.bootstrap.admin;
  expect(await revoke(before, { kind: 'client', value: admin, reason: 'a spec' })).toBe(201);
  expect(await before.stopAuth()).toBe(0);

  const another = await createTestDatabase();
  endings.add(() => another.drop());
  after = endings.keep(before.on(another.url));
  await after.startAuth();
});
afterAll(() => endings.run());

describe('an empty database on a Redis that another one has used', () => {
  it('V1 the service serves its own tokens, those of the admin client that both databases were given too', async () => {
    const { outside } = after;
    const metadata = { client_name: 'The first of the new', grant_types: ['client_credentials'], scope: 'notes:read' };
    expect((await outside.postClient(await outside.adminToken(), metadata)).status).toBe(201);
  });

  it('V1 a guard that has gone on since before serves them', async () => {
    const { outside } = after;
    const { access_token } = await outside.logIn(await outside.createClient());
    expect((await statusSoon(outside, access_token, 200)).status).toBe(200);
  });

  it('V2 and nothing is un-revoked: the guard refuses what it has refused', async () => {
    expect((await after.outside.notes(tokenOfBefore)).status).toBe(401);
  });

  it('V7 the log says whose list this Redis holds, once', () => {
    const said = after
      .output()
      .split('\n')
      .filter((line) => line.includes('another database'));
    expect(said).toHaveLength(1);
    expect(JSON.parse(said[0] ?? '{}')).toMatchObject({ level: 40 });
    expect(before.output()).not.toContain('another database');
  });
});
