/**
 * Owns what an empty database is given at the first start (admin-api.md A3): a first admin client, the sample API, and a
 * first person if one was named. Does not own making secrets (nothing is generated here) nor the transaction.
 */
import { type Api, digestOf } from '@latchkey/protocol';
import type { Logger } from 'pino';
import type { AuthServiceConfig } from '../config.js';
import { ADMIN_SCOPE_NAMES } from './admin-scopes.js';
import type { BootstrapState, BootstrapStore, FirstRows, Made, NewClient } from './ports.js';

export type BootstrapConfig = Pick<AuthServiceConfig, 'bootstrapAdminClient' | 'demoUser' | 'apiIdentifier'>;

export interface BootstrapParts {
  readonly config: BootstrapConfig;
  readonly store: BootstrapStore;
  /** argon2id; only called when there is a person to make. */
  readonly hashPassword: (password: string) => Promise<string>;
  readonly log: Logger;
}

/** The service refuses to start: nobody could administer it. The message says how to go on. */
export class NoAdminClient extends Error {
  override readonly name = 'NoAdminClient';
  constructor() {
    super(
      'No admin client exists yet, and none was given. Set BOOTSTRAP_ADMIN_CLIENT_ID (make one with `openssl rand -hex 16`) ' +
        'and BOOTSTRAP_ADMIN_CLIENT_SECRET (`openssl rand -hex 32`), or the files that BOOTSTRAP_ADMIN_CLIENT_ID_FILE and ' +
        'BOOTSTRAP_ADMIN_CLIENT_SECRET_FILE name, and start again.',
    );
  }
}

export type BootstrapDecision =
  | { readonly decision: 'refuse' }
  /** Whatever was given and is not used: the names of the settings. */
  | { readonly decision: 'go-on'; readonly ignored: readonly string[] }
  | { readonly decision: 'fill' };

/** Pure: what this state of the database and these settings come to. */
export function decideBootstrap(state: BootstrapState, config: BootstrapConfig): BootstrapDecision {
  if (!state.adminClient) return { decision: config.bootstrapAdminClient === undefined ? 'refuse' : 'fill' };
  // A restart with the settings of the first start: what is given is what stands there, so nothing is ignored.
  const { standing } = state;
  const ignored = givenIn(config).filter((name) => !(name.startsWith('DEMO') ? standing.person : standing.adminClient));
  return { decision: 'go-on', ignored };
}

const givenIn = (config: BootstrapConfig): readonly string[] => [
  ...(config.bootstrapAdminClient === undefined ? [] : ['BOOTSTRAP_ADMIN_CLIENT_ID', 'BOOTSTRAP_ADMIN_CLIENT_SECRET']),
  ...(config.demoUser === undefined ? [] : ['DEMO_USER', 'DEMO_PASSWORD']),
];

/**
 * Safe in ten instances at once: the store lets one fill, and the others find it done.
 * @throws NoAdminClient; Unavailable
 */
export async function bootstrap({ config, store, hashPassword, log }: BootstrapParts): Promise<void> {
  const { bootstrapAdminClient: client, demoUser } = config;
  const state = await store.state(ADMIN_SCOPE_NAMES, {
    adminClient: client && { clientId: client.clientId, secretDigest: digestOf(client.clientSecret) },
    username: demoUser?.username,
  });
  const decided = decideBootstrap(state, config);
  if (decided.decision === 'refuse') throw new NoAdminClient();
  if (decided.decision === 'go-on') {
    if (decided.ignored.length > 0) {
      log.warn(
        { ignored: decided.ignored },
        'the database is not empty and holds something else: these settings of a first start are ignored',
      );
    }
    return;
  }
  const made = await store.bootstrap(await firstRows(config, hashPassword));
  log.info({ made }, 'the database was given its first rows');
  const unused = unusedIn(made, config);
  if (unused.length > 0) log.warn({ ignored: unused }, 'another instance was first, or the database was not empty');
}

const unusedIn = (made: Readonly<Record<'adminClient' | 'person', Made>>, config: BootstrapConfig): readonly string[] =>
  givenIn(config).filter((name) => (name.startsWith('DEMO') ? made.person : made.adminClient) === 'exists');

async function firstRows(
  { bootstrapAdminClient, demoUser, apiIdentifier }: BootstrapConfig,
  hashPassword: BootstrapParts['hashPassword'],
): Promise<FirstRows> {
  return {
    adminScopes: ADMIN_SCOPE_NAMES,
    api: sampleApi(apiIdentifier),
    ...(bootstrapAdminClient === undefined ? {} : { adminClient: firstAdminClient(bootstrapAdminClient) }),
    ...(demoUser === undefined
      ? {}
      : { person: { username: demoUser.username, passwordHash: await hashPassword(demoUser.password) } }),
  };
}

export const sampleApi = (identifier: string): Api => ({
  identifier,
  name: 'Notes',
  scopes: [
    { name: 'notes:read', description: 'Read your notes' },
    { name: 'notes:write', description: 'Write notes in your name' },
  ],
  accessTokenSigningAlg: 'ES256',
  administrative: false,
});

/** All admin scopes, by client_credentials alone (admin-api.md A2). */
const firstAdminClient = (given: { readonly clientId: string; readonly clientSecret: string }): NewClient => ({
  clientId: given.clientId,
  clientName: 'First administrator',
  applicationType: 'web',
  redirectUris: [],
  grantTypes: ['client_credentials'],
  allowedScope: ADMIN_SCOPE_NAMES,
  tokenEndpointAuthMethod: 'client_secret_basic',
  secretDigest: digestOf(given.clientSecret),
  requirePkce: true,
  idTokenSignedResponseAlg: 'RS256',
  subjectType: 'public',
  postLogoutRedirectUris: [],
  backchannelLogoutSessionRequired: false,
  requireAuthTime: false,
});
