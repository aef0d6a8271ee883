// Ours, as apps/resource-service composes it, from what the workspace has built: signature, claims, required scope, and the
// revocations of a real feed on Redis, asked at every request.
import { LatchkeyModule, RequiredScope } from '@latchkey/resource-guard/nest';
import { AUDIENCE, FEED_REDIS_URL, ISSUER, SCOPE, serve } from './serve.mjs';

await serve({
  imports: [LatchkeyModule.forRoot({ issuer: ISSUER, audience: AUDIENCE, feedRedisUrl: FEED_REDIS_URL })],
  decorators: [RequiredScope(SCOPE)],
});
