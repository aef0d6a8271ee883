/** Owns the making of many clients, each with one grant of one person, by the ways that everybody goes. Does not own what they do. */
import { Agent } from 'node:http';
import {
  PlainBrowser,
  tokensOf,
  type Fleet,
  type Outside,
  type Progress,
  type RegisteredClient,
} from '@latchkey/stack';
import { askOn } from '../ask-on.js';

export interface Guest {
  readonly client: RegisteredClient;
  readonly refreshToken: string;
}

/** Each in a browser of its own, in which the person logs in once. */
const BROWSERS = 6;

export async function invite(fleet: Fleet, clients: number, progress: Progress): Promise<readonly Guest[]> {
  const [auth] = fleet.auths;
  if (auth === undefined) throw new Error('An auth-service is needed.');
  const agent = new Agent({ keepAlive: true, maxSockets: BROWSERS });
  const guests: Guest[] = [];
  const rest = Array.from({ length: clients }, (_, n) => n).values();
  const adminToken = await auth.adminToken();
  const step = progress.of('clients log in', clients);
  try {
    await Promise.all(
      Array.from({ length: BROWSERS }, async () => {
        const browser = new PlainBrowser(auth.bootstrap.issuer);
        for (const n of rest) {
          guests.push(await enter(auth, { agent, adminToken, browser, name: `Guest ${n}` }));
          step(guests.length);
        }
      }),
    );
  } finally {
    agent.destroy();
  }
  return guests;
}

interface Way {
  readonly agent: Agent;
  readonly adminToken: string;
  readonly browser: PlainBrowser;
  readonly name: string;
}

async function enter(auth: Outside, { agent, adminToken, browser, name }: Way): Promise<Guest> {
  const { status, body } = await askOn(agent, `${auth.bootstrap.admin_url}/admin/v1/clients`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      client_name: name,
      redirect_uris: ['https://client.example/cb'],
      grant_types: ['authorization_code', 'refresh_token'],
      scope: 'openid notes:read',
    }),
  });
  if (status !== 201) throw new Error(`A client was not made: ${status} ${body}`);
  const { client_id: id, client_secret: secret } = Object(JSON.parse(body)) as Record<string, unknown>;
  const client: RegisteredClient = { client_id: String(id), client_secret: String(secret) };
  const authorized = await auth.authorize(client, { browser, scope: 'openid notes:read' });
  return { client, refreshToken: tokensOf(await auth.redeem(client, authorized)).refresh_token };
}
