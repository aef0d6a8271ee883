import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@latchkey/tokens/testing';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import pg from 'pg';
import { Outside } from '../http/test/outside.js';
import { PERSON } from '../http/test/protocol-app.js';
import { type Answer, type Installation, type LinedGuard, startInstallation } from '../test/installation.js';

const INSTANCES = [0, 1] as const;
const NOTES = 'http://localhost:4002';
const LEAST = 'registry:least';

let world: Installation;
let guard: LinedGuard;
/** As an operator types. */
let psql: pg.Client;
beforeAll(async () => {
  world = await startInstallation(5000, { DEMO_USER: PERSON.username, DEMO_PASSWORD: PERSON.password });
  guard = await world.addGuard();
  psql = new pg.Client({ connectionString: world.databaseUrl });
  await psql.connect();
});
afterAll(async () => {
  await psql.end();
  await world.stop();
});

interface Secret {
  readonly clientId: string;
  readonly secret: string;
}

/** Of the admin API of the first instance, with a token that no brake has ended. */
const admin = async (method: string, path: string, body?: unknown): Promise<Answer> => {
  const token = await world.adminToken(0);
  const answer = await world.admin(method, path, { token, ...(body === undefined ? {} : { body }) });
  expect([path, answer.status < 300]).toEqual([path, true]);
  return answer;
};
const addMachine = async (scope = 'notes:read'): Promise<Secret> => {
  const { json } = await admin('POST', '/clients', { client_name: 'M', grant_types: ['client_credentials'], scope });
  return { clientId: String(json['client_id']), secret: String(json['client_secret']) };
};
const ask = async ({ clientId, secret }: Secret, instance: 0 | 1, scope = 'notes:read') => {
  const basic = Buffer.from(`${clientId}:${secret}`).toString('base64');
  const response = await fetch(`${world.publicUrls[instance]}/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'client_credentials', scope }),
    headers: { authorization: `Basic ${basic}` },
  });
  const json: unknown = await response.json();
  const answer: Readonly<Record<string, unknown>> = typeof json === 'object' && json !== null ? { ...json } : {};
  return { status: response.status, token: String(answer['access_token']), seconds: answer['expires_in'] };
};
/** Several watermarks long: whichever instance had not heard of the last change keeps what it reads by then. */
const remembered = async (machine: Secret): Promise<void> => {
  const from = performance.now();
  do {
    for (const instance of INSTANCES) expect((await ask(machine, instance)).status).toBe(200);
  } while (performance.now() - from < 500);
};

const firstSecretOf = async ({ clientId }: Pick<Secret, 'clientId'>): Promise<string> => {
  const { rows } = await psql.query<{ id: string }>(
    'SELECT id FROM auth.client_secrets WHERE client_id = $1 AND place = 1',
    [clientId],
  );
  return rows[0]?.id ?? '';
};

/** In force with the very next request where it was made; elsewhere soon. */
const inForce = async (is: (instance: 0 | 1) => Promise<boolean>): Promise<void> => {
  expect(await is(0)).toBe(true);
  await until(() => is(1), 'it is in force at the other instance');
};

describe('A9 a change that was made at one of two instances is in force', () => {
  it('of a client: disabled, enabled, deleted', async () => {
    const machine = await addMachine();
    await remembered(machine);
    const answers = (status: number) => async (instance: 0 | 1) => (await ask(machine, instance)).status === status;
    await admin('POST', `/clients/${machine.clientId}/disable`);
    await inForce(answers(401));
    await admin('POST', `/clients/${machine.clientId}/enable`);
    await inForce(answers(200));
    await admin('DELETE', `/clients/${machine.clientId}`);
    await inForce(answers(401));
  });

  it('of its secrets: another one added, the first one deleted', async () => {
    const first = await addMachine();
    await remembered(first);
    const { json } = await admin('POST', `/clients/${first.clientId}/secrets`);
    const second = { clientId: first.clientId, secret: String(json['client_secret']) };
    await inForce(async (instance) => (await ask(second, instance)).status === 200);
    await admin('DELETE', `/clients/${first.clientId}/secrets/${await firstSecretOf(first)}`);
    await inForce(async (instance) => (await ask(first, instance)).status === 401);
    await inForce(async (instance) => (await ask(second, instance)).status === 200);
  });

  it('of its scope, and of where its answers may go', async () => {
    const machine = await addMachine();
    await remembered(machine);
    await admin('PATCH', `/clients/${machine.clientId}`, { scope: '' });
    await inForce(async (instance) => (await ask(machine, instance)).status === 400);
    await admin('PATCH', `/clients/${machine.clientId}`, {
      ...{ redirect_uris: ['https://new.example/cb'], grant_types: ['authorization_code'], scope: 'notes:read' },
    });
    const query = new URLSearchParams({
      ...{ client_id: machine.clientId, redirect_uri: 'https://new.example/cb', response_type: 'code' },
      ...{ scope: 'notes:read', code_challenge: 'x'.repeat(43), code_challenge_method: 'S256' },
    });
    await inForce(async (instance) => {
      const url = `${world.publicUrls[instance]}/authorize?${query.toString()}`;
      return (await fetch(url, { redirect: 'manual' })).status < 400;
    });
  });

  it('of an API: its lifetime, its algorithm, a scope of it, and itself', async () => {
    const identifier = 'https://registry.example';
    const { json } = await admin('POST', '/apis', {
      ...{ identifier, name: 'R', scopes: [{ name: LEAST, description: 'x' }], access_token_signing_alg: 'ES256' },
    });
    const path = `/apis/${String(json['id'])}`;
    const machine = await addMachine(`${LEAST} notes:read`);
    await until(async () => (await ask(machine, 1, LEAST)).status === 200, 'the other instance knows it');
    expect((await ask(machine, 0, LEAST)).status).toBe(200);
    await admin('PATCH', path, { access_token_lifetime_seconds: 77 });
    await inForce(async (instance) => (await ask(machine, instance, LEAST)).seconds === 77);
    await admin('PATCH', path, { access_token_signing_alg: 'RS256' });
    await inForce(async (instance) => {
      const { status, token } = await ask(machine, instance, LEAST);
      return status === 200 && decodeProtectedHeader(token).alg === 'RS256';
    });
    await admin('PATCH', path, { scopes: [] });
    await inForce(async (instance) => (await ask(machine, instance, LEAST)).status === 400);
    await admin('DELETE', path);
    await inForce(async (instance) => (await ask(machine, instance, 'notes:read')).status === 200);
  });

  it('of the issuer: the emergency brake', async () => {
    const machine = await addMachine();
    await remembered(machine);
    const generationAt = async (instance: 0 | 1): Promise<unknown> => {
      const { gen } = decodeJwt<{ gen?: { iss?: unknown } }>((await ask(machine, instance)).token);
      return gen?.iss;
    };
    const before = Number(await generationAt(0));
    await admin('POST', '/revocations', { kind: 'issuer' });
    await inForce(async (instance) => (await generationAt(instance)) === before + 1);
  });

  it('that was typed by hand, at both', async () => {
    const machine = await addMachine();
    await remembered(machine);
    await psql.query('UPDATE auth.clients SET enabled = false WHERE client_id = $1', [machine.clientId]);
    for (const instance of INSTANCES) {
      await until(async () => (await ask(machine, instance)).status === 401, 'it is noticed');
    }
    await psql.query(`UPDATE auth.api_scopes SET name = 'notes:renamed' WHERE name = 'notes:read'`);
    const other = await addMachine('notes:write');
    for (const instance of INSTANCES) {
      await until(async () => (await ask(other, instance, 'notes:read')).status === 400, 'it is noticed');
    }
    await psql.query(`UPDATE auth.api_scopes SET name = 'notes:read' WHERE name = 'notes:renamed'`);
    const another = await addMachine();
    for (const instance of INSTANCES) {
      await until(async () => (await ask(another, instance)).status === 200, 'it is noticed');
    }
  });
});

describe('V1 what was given while the other instance had not heard of it yet', () => {
  const takings = [
    ['a client was disabled', ({ clientId }: Secret) => admin('POST', `/clients/${clientId}/disable`)],
    [
      'a scope was taken away',
      ({ clientId }: Secret) => admin('PATCH', `/clients/${clientId}`, { scope: 'notes:write' }),
    ],
    [
      'a secret was deleted',
      async ({ clientId }: Secret) => {
        await admin('POST', `/clients/${clientId}/secrets`);
        return admin('DELETE', `/clients/${clientId}/secrets/${await firstSecretOf({ clientId })}`);
      },
    ],
    ['the brake was pulled', () => admin('POST', '/revocations', { kind: 'issuer' })],
  ] as const;

  it.each(takings)('is refused by a guard: %s', async (_, take) => {
    const machine = await addMachine('notes:read notes:write');
    await remembered(machine);
    const taking = { over: false };
    const given: string[] = [];
    // Asked on and on at the instance that hears of it later, until after it is done.
    const asking = (async () => {
      let after = 0;
      while (after < 3) {
        if (taking.over) after += 1;
        const answers = await Promise.all(Array.from({ length: 10 }, () => ask(machine, 1)));
        if (!taking.over) given.push(...answers.filter(({ status }) => status === 200).map(({ token }) => token));
      }
    })();
    const before = (await ask(machine, 1)).token;
    await until(() => given.length > 0, 'some were given before it');
    await take(machine);
    taking.over = true;
    await asking;
    await until(async () => (await guard.judge(before)) === 'refuse', 'the guard knows it');
    const generationOf = (token: string) => JSON.stringify(decodeJwt(token)['gen']);
    for (const token of given) {
      // One that was asked for before and given after the act is of the new generation, and good.
      if (generationOf(token) === generationOf(before)) expect(await guard.judge(token)).toBe('refuse');
    }
  });
});

describe('V1 "nothing that began after": a person who logs in right after a client was revoked elsewhere', () => {
  it('is served by an instance that has the client in memory, with the next request', async () => {
    const { json } = await admin('POST', '/clients', {
      ...{ client_name: 'App', redirect_uris: ['https://client.example/cb'], scope: 'notes:read' },
      grant_types: ['authorization_code', 'refresh_token'],
    });
    const client = { clientId: String(json['client_id']), secret: String(json['client_secret']) };
    const outside = new Outside({ url: world.publicUrls[1], nowSeconds: () => Math.floor(Date.now() / 1000) });
    for (let round = 0; round < 8; round += 1) {
      const { status } = await outside.logIn(client, { scope: 'notes:read' });
      expect([round, status]).toEqual([round, 200]);
      await admin('POST', '/revocations', { kind: 'client', value: client.clientId });
    }
  });
});

describe('A9, V5 what is in memory', () => {
  /** Nobody can read what is registered meanwhile, save the issuer's generation, which each round reads with the epoch. */
  const whileLocked = async (act: () => Promise<void>): Promise<void> => {
    await psql.query('BEGIN');
    try {
      await psql.query(
        'LOCK TABLE auth.clients, auth.client_secrets, auth.apis, auth.api_scopes IN ACCESS EXCLUSIVE MODE',
      );
      await act();
    } finally {
      await psql.query('ROLLBACK');
    }
  };

  it('is answered from there while the feed is fresh, and PostgreSQL is asked when it is not', async () => {
    const machine = await addMachine();
    for (const instance of INSTANCES) {
      await until(async () => (await ask(machine, instance)).status === 200, 'it is known');
      // Of one state with all that the feed has said, or it would not have been kept.
      await until(async () => {
        await ask(machine, instance);
        let served = false;
        await whileLocked(async () => {
          served = (await ask(machine, instance)).status === 200;
        });
        return served;
      }, 'it is answered though nobody can read it');
    }
    await world.redis.kill();
    try {
      await whileLocked(async () => {
        for (const instance of INSTANCES) {
          await until(async () => (await ask(machine, instance)).status === 503, 'PostgreSQL is asked');
        }
      });
      for (const instance of INSTANCES) {
        await until(async () => (await ask(machine, instance)).status === 200, 'PostgreSQL answers');
      }
      await psql.query('UPDATE auth.clients SET enabled = false WHERE client_id = $1', [machine.clientId]);
      for (const instance of INSTANCES) expect((await ask(machine, instance)).status).toBe(401);
    } finally {
      await world.redis.restart();
    }
  });

  it('V1 is not what /authorize goes by: the code is stamped with the generation that it reads', async () => {
    const { json } = await admin('POST', '/clients', {
      ...{ client_name: 'App', redirect_uris: ['https://client.example/cb'], scope: 'notes:read' },
      grant_types: ['authorization_code', 'client_credentials'],
    });
    const client = { clientId: String(json['client_id']), secret: String(json['client_secret']) };
    await remembered(client);
    const query = new URLSearchParams({
      ...{ client_id: client.clientId, redirect_uri: 'https://client.example/cb', response_type: 'code' },
      ...{ scope: 'notes:read', code_challenge: 'x'.repeat(43), code_challenge_method: 'S256' },
    });
    const authorize = async (instance: 0 | 1): Promise<number> => {
      const url = `${world.publicUrls[instance]}/authorize?${query.toString()}`;
      return (await fetch(url, { redirect: 'manual' })).status;
    };
    await until(async () => (await authorize(0)) < 400, 'Redis is there');
    await whileLocked(async () => {
      expect(await authorize(0)).toBe(503);
    });
  });

  it(`is nothing that a guard of ${NOTES} hears: it judges as before`, async () => {
    const machine = await addMachine();
    const { token } = await ask(machine, 0);
    await until(async () => (await guard.judge(token)) === 'admit', 'the guard is fresh again, and admits');
  });
});
