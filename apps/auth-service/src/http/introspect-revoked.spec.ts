import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { RevocationPublisher } from '@latchkey/tokens';
import { until } from '@latchkey/tokens/testing';
import { decodeJwt } from 'jose';
import { PostgresRevocationLedger } from '../persistence/postgres/revocation-ledger.js';
import { PostgresRevocationRegister } from '../persistence/postgres/revocation-register.js';
import { Revoking } from '../persistence/postgres/revoking.js';
import { Outside, textOf } from './test/outside.js';
import { type ProtocolApp, startProtocolApp, type TestClient } from './test/protocol-app.js';

const AT_ONCE = 50;
/** A9: as old as a list may be that answers here. */
const ONE_SECOND_MS = 1000;

let app: ProtocolApp;
let outside: Outside;
let client: TestClient;
beforeAll(async () => {
  app = await startProtocolApp();
  outside = new Outside(app);
  client = await app.addClient();
});
afterEach(() => {
  jest.restoreAllMocks();
});
afterAll(() => app.close());

const machineToken = async (): Promise<string> =>
  textOf(await outside.machine(client, { scope: 'notes:read' }), 'access_token');
const isActive = async (token: string): Promise<unknown> => (await outside.introspect(client, token)).json['active'];
/** By the bound of this very door: a list that is older than a guard's would like may still answer here, and rightly. */
const isFresh = (): boolean => app.world.revocation.membership.judgeable(ONE_SECOND_MS);

/** The outside network: from now on nothing goes over it. */
const cutWire = (): void => {
  const cut = (): Promise<never> => Promise.reject(new Error('the wire is cut'));
  for (const verb of ['append', 'watermark', 'inspect'] as const)
    jest.spyOn(app.world.wire, verb).mockImplementation(cut);
};
const questions = (spied: jest.SpiedFunction<ProtocolApp['database']['run']>): number =>
  spied.mock.calls.filter(([text]) => text.includes('FROM auth.revocations WHERE')).length;
/** As if it stood in the stream, before which this instance hangs: nobody publishes it any more. */
const revokeUnheard = (token: string): Promise<unknown> =>
  app.sql(
    `INSERT INTO auth.revocations (id, kind, value, cause, actor, expires_at, published_epoch, position_ms, position_seq)
     SELECT $1::uuid, 'token', $1, 'spec', 'spec', now() + interval '1 hour', epoch, 1, 1 FROM auth.revocation_epoch`,
    [decodeJwt(token).jti],
  );
const revokeEachAndAsk = async (): Promise<readonly unknown[]> => {
  const tokens = await Promise.all(Array.from({ length: AT_ONCE }, machineToken));
  // Each was active, and its signature is remembered.
  expect(new Set(await Promise.all(tokens.map(isActive)))).toEqual(new Set([true]));
  return Promise.all(
    tokens.map(async (token) => {
      expect((await outside.revoke(client, token)).status).toBe(200);
      return isActive(token);
    }),
  );
};

describe('V5 /introspect while the feed is fresh', () => {
  it('calls no token active that this instance has called revoked, of 50 that are revoked at once', async () => {
    expect(new Set(await revokeEachAndAsk())).toEqual(new Set([false]));
  });

  it('because what is committed here is known here in the same turn, whatever becomes of the wire', () => {
    cutWire();
    const jti = randomUUID();
    const { revocation } = app.world;
    const entry = { id: randomUUID(), kind: 'token', value: jti, expiresAt: app.nowSeconds() } as const;
    revocation.onRevoked([entry], false);
    const claims = { jti, sub: client.clientId, client_id: client.clientId, gen: { iss: 0, cli: 0 } };
    expect(revocation.membership.match(claims, 'kid')).toBe('token');
  });

  it('asks PostgreSQL nothing about revocations', async () => {
    const token = await machineToken();
    await until(isFresh, 'the feed is fresh');
    const asked = jest.spyOn(app.database, 'run');
    // Were it not fresh for a moment, it would ask, and rightly: the list answers where it can.
    await until(async () => {
      const before = questions(asked);
      expect(await isActive(token)).toBe(true);
      return isFresh() && questions(asked) === before;
    }, 'an answer from memory');
  });

  it('hears what another instance has revoked, and by the time the receipt says "applied" has applied it', async () => {
    const { database, world } = app;
    const publisher = new RevocationPublisher({ wire: world.wire, ledger: new PostgresRevocationLedger(database) });
    await publisher.round();
    const elsewhere = new PostgresRevocationRegister(
      new Revoking(database, (entries, receipt) => {
        void publisher.publishNow(entries, receipt);
      }),
    );
    const token = await machineToken();
    expect(await isActive(token)).toBe(true);
    const value = decodeJwt(token).jti ?? '';
    await elsewhere.revoke({ kind: 'token', value, actor: 'spec', address: '127.0.0.1', receipt: false });
    await until(async () => (await isActive(token)) === false, 'the other instance was heard');

    const other = await machineToken();
    expect(await isActive(other)).toBe(true);
    const { headers } = await outside.revoke(client, other, { prefer: 'wait=10' });
    expect(headers.get('preference-applied')).toBe('wait=10');
    expect(await isActive(other)).toBe(false);
  });
});

describe('V5 /introspect "judge from PostgreSQL whenever the feed is stale"', () => {
  it('with the wire cut: what is revoked here is inactive at once, of 50 that are revoked at once', async () => {
    cutWire();
    expect(new Set(await revokeEachAndAsk())).toEqual(new Set([false]));
  });

  it('what was revoked anywhere and not heard is inactive, although its signature is remembered', async () => {
    const [token, other] = [await machineToken(), await machineToken()];
    expect([await isActive(token), await isActive(other)]).toEqual([true, true]);
    cutWire();
    await until(() => !isFresh(), 'the feed is stale');
    await revokeUnheard(token);
    expect([await isActive(token), await isActive(other)]).toEqual([false, true]);
  });

  it('and 503 where that does not answer either', async () => {
    const token = await machineToken();
    cutWire();
    await until(() => !isFresh(), 'the feed is stale');
    const run = app.database.run.bind(app.database);
    const { Unavailable } = await import('@latchkey/protocol');
    jest
      .spyOn(app.database, 'run')
      .mockImplementation((text, ...rest) =>
        text.includes('FROM auth.revocations WHERE')
          ? Promise.reject(new Unavailable('PostgreSQL'))
          : run(text, ...rest),
      );
    expect((await outside.introspect(client, token)).status).toBe(503);
  });
});
