/** Owns that what a path names really stands: made anew for each request that may end it. Does not own what is asked of it. */
import { randomUUID } from 'node:crypto';
import { PostgresGrantStore } from '../../../persistence/postgres/grant-store.js';
import { PostgresIssuerState } from '../../../persistence/postgres/issuer-state-store.js';
import {
  addSession,
  aRedemption,
  type Inhabitants,
  say,
  settle,
} from '../../../persistence/postgres/testing/open-test-database.js';
import type { FuzzWorld } from './fuzz-world.js';

export type Named = Readonly<Record<string, string>>;

/** The values of the parameters of this path. */
export async function standingAt(world: FuzzWorld, path: string): Promise<Named> {
  const { database } = world;
  const one = async (statement: string, parameters: readonly unknown[] = []): Promise<string> => {
    const [row = {}] = (await database.run(statement, parameters)).rows;
    return String(Object.values(row)[0]);
  };
  // Nobody waits for the guards of a request before.
  await database.run(`DELETE FROM auth.guards WHERE service = 'fuzz'`);
  if (!path.includes('{')) return {};
  const collection = path.split('/')[3] ?? '';
  switch (collection) {
    case 'clients': {
      const { client } = await settle(database);
      const [client_id, secret_id] = [client.clientId, randomUUID()];
      await database.run(
        `INSERT INTO auth.client_secrets (id, client_id, place, digest)
         SELECT $1, $2, p, repeat('0', 64) FROM generate_series(1, 2) p
         WHERE p NOT IN (SELECT place FROM auth.client_secrets WHERE client_id = $2)`,
        [secret_id, client_id],
      );
      if (!path.includes('{secret_id}')) {
        await database.run('DELETE FROM auth.client_secrets WHERE id = $1', [secret_id]);
      }
      return { client_id, secret_id };
    }
    case 'apis': {
      const identifier = `urn:api:${randomUUID()}`;
      const id = Buffer.from(identifier).toString('base64url');
      const body = JSON.stringify({ identifier, access_token_signing_alg: 'HS256' });
      const headers = { 'content-type': 'application/json' };
      await world.send({ method: 'POST', path: '/admin/v1/apis', headers, body });
      // A second one, so that the first is not the last.
      if (path.includes('{kid}')) {
        await world.send({ method: 'POST', path: `/admin/v1/apis/${id}/secrets`, headers, body: '{}' });
      }
      const kid = await one(
        `SELECT kid FROM auth.keys WHERE audience = $1 AND state <> 'dropped' ORDER BY (state = 'active') LIMIT 1`,
        [identifier],
      );
      return { id, kid };
    }
    case 'users':
    case 'grants':
    case 'sessions':
      return ofAPerson(world, await settle(database));
    case 'revocations':
      await say(database);
      return { id: await one('SELECT id FROM auth.revocations ORDER BY created_at DESC LIMIT 1') };
    case 'guards': {
      const guard_id = randomUUID();
      await database.run(
        `INSERT INTO auth.guards (lease_key, guard_id, registration, service, on_stale, lease_ms)
         VALUES ($1::uuid::text, $1, $2, 'fuzz', 'refuse', 5000)`,
        [guard_id, randomUUID()],
      );
      return { guard_id };
    }
    case 'keys':
      return {
        kid: await one(
          `SELECT kid FROM auth.keys WHERE state IN ('announced', 'active') AND algorithm = 'ES256' ORDER BY announced_at DESC LIMIT 1`,
        ),
      };
    case 'audit-events':
      return { id: await one('SELECT max(id) FROM auth.audit_events') };
    default:
      throw new Error(`nothing is known of ${path}`);
  }
}

async function ofAPerson({ database }: FuzzWorld, who: Inhabitants): Promise<Named> {
  const iss = await new PostgresIssuerState(database).generation();
  const redemption = aRedemption(who, { generations: { iss, cli: who.client.generation, sub: 0 } });
  const outcome = await new PostgresGrantStore(database, () => undefined).redeemCode(redemption);
  if (outcome !== 'redeemed') throw new Error(`The grant was not made: ${outcome}.`);
  return {
    ...{ sub: who.sub, client_id: who.client.clientId },
    ...{ grant_id: redemption.grant.grantId, sid: await addSession(database, who.sub) },
  };
}
