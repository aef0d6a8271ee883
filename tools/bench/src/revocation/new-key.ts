/**
 * Owns the measurement of K3: from the instant at which a new key became active, by the database that says so, until each of
 * three auth-services has given a token that is signed with it.
 */
import { Agent } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { basic, Fleet, KeyDesk, readToken, type Outside, type RegisteredClient } from '@latchkey/stack';
import { askOn } from '../ask-on.js';
import { under, type Figure, type Measurement } from '../measurement.js';
import { percentiles } from '../percentiles.js';

const AUTHS = 3;
const GOAL_MS = 1000;
const PAUSE_MS = 5;

export const newKey = (rotations = 20): Measurement => ({
  name: 'new key',
  rounds: 1,
  seconds: 34,
  run: async () => {
    const fleet = await Fleet.start({ auths: AUTHS, guards: 1 }, { LOG_LEVEL: 'warn', KEY_ANNOUNCE_SECONDS: '1' });
    try {
      return await measured(fleet, rotations);
    } finally {
      await fleet.stop();
    }
  },
});

async function measured(fleet: Fleet, rotations: number): Promise<readonly Figure[]> {
  const [first] = fleet.auths;
  if (first === undefined) throw new Error('An auth-service is needed.');
  const client = await first.createClient({
    grant_types: ['client_credentials'],
    redirect_uris: [],
    scope: 'notes:read',
  });
  const desks = fleet.auths.map((auth) => new KeyDesk(auth));
  const took: number[] = [];
  for (let n = 0; n < rotations; n += 1) {
    const successors = (await desks[n % desks.length]?.rotate()) ?? [];
    const kid = successors.find(({ algorithm }) => algorithm === 'ES256')?.kid ?? '';
    const signed = await Promise.all(fleet.auths.map((auth) => firstTokenOf(kid, auth, client)));
    took.push(Math.max(...signed) - (await activeSince(fleet, kid)));
  }
  const figures = percentiles(`new key active → signs on all of ${AUTHS} instances`, took, { max: under(GOAL_MS) });
  return figures.filter(({ what }) => !what.endsWith('p99'));
}

/** When its answer was here, in milliseconds since 1970: the database runs on this machine, and by this clock. */
async function firstTokenOf(kid: string, { bootstrap }: Outside, client: RegisteredClient): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const headers = { authorization: basic(client), 'content-type': 'application/x-www-form-urlencoded' };
  const question = { method: 'POST', headers, body: 'grant_type=client_credentials' } as const;
  try {
    for (;;) {
      const { status, body } = await askOn(agent, `${bootstrap.issuer}/token`, question);
      const at = Date.now();
      const { access_token: token } = Object(JSON.parse(body)) as Record<string, unknown>;
      if (typeof token !== 'string') throw new Error(`A token request was answered ${status}.`);
      if (readToken(token).kid === kid) return at;
      await pause(PAUSE_MS);
    }
  } finally {
    agent.destroy();
  }
}

async function activeSince(fleet: Fleet, kid: string): Promise<number> {
  const [row] = await fleet.query('SELECT active_at FROM auth.keys WHERE kid = $1', [kid]);
  const since = row?.['active_at'];
  return since instanceof Date ? since.getTime() : Number.NaN;
}
