// Owns oidc-provider as a process, set so that it does what our service does in the bench: the same clients, APIs, algorithms and
// lifetimes, JWT access tokens, refresh tokens that rotate. Does not own what it is asked.
import { Provider } from 'oidc-provider';
import { redisAdapter } from './redis-adapter.mjs';

const { ISSUER, PORT, REDIS_URL, SETTINGS } = process.env;
/** apis: identifier, algorithm, scope; clients: as oidc-provider takes them; jwks; tokenLifetimeSeconds. Written by the bench. */
const { apis, clients, jwks, tokenLifetimeSeconds } = JSON.parse(SETTINGS);
const apiOf = (identifier) => apis.find((api) => api.identifier === identifier);

/** The only person there is: whoever comes is logged in at once, without a page. */
const PERSON = 'somebody';

const provider = new Provider(ISSUER, {
  adapter: redisAdapter(REDIS_URL),
  clients,
  jwks,
  cookies: { keys: ['a key of the bench'] },
  scopes: ['openid', 'offline_access'],
  clientDefaults: { id_token_signed_response_alg: 'ES256' },
  enabledJWA: { idTokenSigningAlgValues: ['RS256', 'ES256'] },
  findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
  ttl: {
    AccessToken: tokenLifetimeSeconds,
    ClientCredentials: tokenLifetimeSeconds,
    AuthorizationCode: 60,
    RefreshToken: 2_592_000,
    Grant: 2_592_000,
    Session: 28_800,
    Interaction: 600,
    IdToken: tokenLifetimeSeconds,
  },
  rotateRefreshToken: true,
  issueRefreshToken: (_, client) => client.grantTypeAllowed('refresh_token'),
  pkce: { required: () => true },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    revocation: { enabled: true },
    userinfo: { enabled: false },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (_, identifier) => {
        const api = apiOf(identifier);
        return {
          scope: api.scope,
          audience: api.identifier,
          accessTokenFormat: 'jwt',
          accessTokenTTL: tokenLifetimeSeconds,
          jwt: { sign: { alg: api.algorithm } },
        };
      },
      useGrantedResource: () => true,
    },
  },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  // What its documentation gives for clients of the house: nobody is asked for consent.
  loadExistingGrant: async (ctx) => {
    const { client, session, params } = ctx.oidc;
    const known = ctx.oidc.result?.consent?.grantId ?? session.grantIdFor(client.clientId);
    if (known) return ctx.oidc.provider.Grant.find(known);
    const grant = new ctx.oidc.provider.Grant({ clientId: client.clientId, accountId: session.accountId });
    grant.addOIDCScope('openid');
    if (params.resource) grant.addResourceScope(params.resource, apiOf(params.resource).scope);
    await grant.save();
    return grant;
  },
});

provider.use(async (ctx, next) => {
  if (!ctx.path.startsWith('/interaction/')) return next();
  await provider.interactionFinished(ctx.req, ctx.res, { login: { accountId: PERSON } });
  ctx.respond = false;
});

// An error of the server is a failed answer in the bench; why stands here.
provider.on('server_error', (_, error) => process.stderr.write(`${error.stack}\n`));
provider.listen(Number(PORT), '127.0.0.1');
