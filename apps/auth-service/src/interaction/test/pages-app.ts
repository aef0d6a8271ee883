/**
 * Owns a running public port for the specs of the pages: the real protocol, the real app, stores in memory.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { type Client, createAuthorizationServer } from '@latchkey/protocol';
import { aClient, anApi } from '@latchkey/protocol/testing';
import { type FakeClock, fakeClock, testKeys } from '@latchkey/tokens/testing';
import { pino } from 'pino';
import { createPublicApp } from '../../public-app.js';
import { interactionModule, type InteractionSettings } from '../interaction.module.js';
import { hashPassword } from '../passwords.js';
import { MemoryApis, MemoryClients, MemoryEphemeral, MemoryPeople, MemorySessions } from './stores-in-memory.js';

export const PASSWORD = 'correct horse battery staple';
/** RFC 7636 Appendix B. */
export const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';

export interface PagesApp {
  readonly url: string;
  readonly clock: FakeClock;
  readonly ephemeral: MemoryEphemeral;
  readonly people: MemoryPeople;
  readonly sessions: MemorySessions;
  readonly clients: MemoryClients;
  readonly apis: MemoryApis;
  readonly client: Client;
  /** Every line that was logged. */
  readonly log: string[];
  close(): Promise<void>;
}

export async function startPagesApp(
  settings: Partial<InteractionSettings> = {},
  client: Partial<Client> = {},
): Promise<PagesApp> {
  const issuer = settings.issuer ?? 'http://localhost:4000';
  const clock = fakeClock();
  const ephemeral = new MemoryEphemeral(clock);
  const people = new MemoryPeople();
  const sessions = new MemorySessions(people, clock);
  const clients = new MemoryClients();
  const apis = new MemoryApis();
  const log: string[] = [];
  const logger = pino({ level: 'info' }, { write: (line: string) => void log.push(line) });
  apis.apis = [anApi()];
  const theClient = aClient({ clientName: 'Acme Notes', ...client });
  clients.clients.set(theClient.clientId, theClient);
  people.people.push({
    sub: randomUUID(),
    username: 'ada',
    passwordHash: await hashPassword(PASSWORD),
    enabled: true,
    generation: 0,
  });

  const keys = testKeys();
  const untouched = (): Promise<never> => Promise.reject(new Error('the pages redeem nothing'));
  const server = createAuthorizationServer({
    settings: {
      issuer,
      accessTokenLifetimeSeconds: 300,
      idTokenLifetimeSeconds: 300,
      grantLifetimeSeconds: 86_400,
      refreshToleranceSeconds: 10,
    },
    clients,
    apis,
    ephemeral,
    clock,
    grants: {
      redeemCode: untouched,
      replayExpiredCode: untouched,
      find: untouched,
      rotateRefreshToken: untouched,
      revokeGrant: untouched,
      revokeAccessToken: untouched,
    },
    issuerState: { generation: () => Promise.resolve(0) },
    macKeys: { current: () => ({ id: 0, key: randomBytes(32) }), find: () => undefined },
    keys: {
      loaded: true,
      find: (kid) => keys.find(kid),
      refresh: () => Promise.resolve(),
      signerFor: () => keys.signer,
      jwks: () => keys.jwks,
    },
    onRefusal: () => undefined,
  });
  const pages = await interactionModule({
    settings: { issuer, formTokenKey: randomBytes(32), ...settings },
    authorization: server.authorization,
    people,
    sessions,
    ephemeral,
    clock,
    log: logger,
  });
  const app = await createPublicApp({ server, pages, log: logger });
  await app.listen(0, '127.0.0.1');
  return {
    url: await app.getUrl(),
    clock,
    ephemeral,
    people,
    sessions,
    clients,
    apis,
    client: theClient,
    log,
    close: () => app.close(),
  };
}

/** The path and query of a legal authorization request, each parameter overridable; undefined leaves it out. */
export function authorizePath(app: PagesApp, over: Record<string, string | undefined> = {}): string {
  const parameters = new URLSearchParams();
  const all = {
    client_id: app.client.clientId,
    redirect_uri: app.client.redirectUris[0],
    response_type: 'code',
    scope: 'notes:read notes:write',
    state: 'the-state',
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
    ...over,
  };
  for (const [name, value] of Object.entries(all)) if (value !== undefined) parameters.set(name, value);
  return `/authorize?${parameters.toString()}`;
}
