/** Owns the workloads of the guards: a guarded GET with tokens that were seen before, and with tokens that never were. */
import type { Latchkey } from '../contenders/latchkey.js';
import { ALGORITHMS, type Algorithm } from '../contenders/seed.js';
import type { Ammunition, Shot } from '../load/plan.js';
import type { Entrant, Need, Workload } from '../workload.js';
import { GuardServer, type GuardKind } from './guard-server.js';
import { AUTH0, guardedGet, JOSE, PASSPORT_JWT, RESOURCE_GUARD, SHOWN, UNGUARDED, type Shown } from './guard-names.js';
import { GuardTokens } from './guard-tokens.js';

const NAMES: Readonly<Record<GuardKind, string>> = {
  unguarded: UNGUARDED,
  latchkey: RESOURCE_GUARD,
  'passport-jwt': PASSPORT_JWT,
  jose: JOSE,
  auth0: AUTH0,
};
const KINDS: readonly GuardKind[] = ['unguarded', 'latchkey', 'passport-jwt', 'jose', 'auth0'];

/** No goal is about Auth0's: one token that was seen and one that was not say enough. */
const takesPart = (kind: GuardKind, algorithm: Algorithm, shown: Shown): boolean =>
  kind !== 'auth0' || (algorithm === 'ES256' && shown !== '1,000 tokens in turn');

/** How many guards are asked. */
export const guardsIn = (shown: Shown, algorithm: Algorithm): number =>
  KINDS.filter((kind) => takesPart(kind, algorithm, shown)).length;

const DOES: Readonly<Record<Shown, string>> = {
  '1 token': 'GET of one route of NestJS on Fastify with one token again and again.',
  '1,000 tokens in turn': 'The same with 1,000 tokens in turn, all of which were seen before.',
  'each token once': 'The same with tokens of which none was ever seen before.',
};

export interface GuardedApi {
  readonly algorithm: Algorithm;
  readonly servers: readonly GuardServer[];
  readonly workloads: readonly Workload[];
  readonly tokens: GuardTokens;
}

/** Which algorithms any of the workloads that were asked for needs. */
export const algorithmsAsked = (only: (name: string) => boolean): readonly Algorithm[] =>
  ALGORITHMS.filter((algorithm) => SHOWN.some((shown) => only(guardedGet(shown, algorithm))));

/** One server for each guard, all of which admit. @param keep whoever ends them */
export async function startGuards(
  latchkey: Latchkey,
  algorithm: Algorithm,
  keep: (server: GuardServer) => GuardServer,
  kinds: readonly GuardKind[] = KINDS,
  extra: Readonly<Record<string, string>> = {},
): Promise<GuardedApi> {
  const tokens = new GuardTokens(latchkey, algorithm);
  const servers: GuardServer[] = [];
  for (const kind of kinds.filter((each) => SHOWN.some((shown) => takesPart(each, algorithm, shown)))) {
    servers.push(keep(await GuardServer.start(kind, latchkey, { algorithm, token: await tokens.takeOne(), extra })));
  }
  const workloads = SHOWN.map((shown): Workload => {
    const ammunition = ammunitionOf(shown, tokens);
    return {
      name: guardedGet(shown, algorithm),
      does: DOES[shown],
      entrants: servers
        .filter(({ kind }) => takesPart(kind, algorithm, shown))
        .map((server) => entrantOf(server, latchkey, ammunition())),
    };
  });
  return { algorithm, servers, workloads, tokens };
}

function entrantOf(server: GuardServer, latchkey: Latchkey, ammunition: Entrant['ammunition']): Entrant {
  return {
    contender: NAMES[server.kind],
    origins: [server.origin],
    servers: () => [server.pid],
    stores: () => (server.kind === 'latchkey' ? [latchkey.redis.pid] : []),
    ammunition,
  };
}

/** For each guard one of its own, so that it counts its own rounds; the tokens are the same for all. */
function ammunitionOf(shown: Shown, tokens: GuardTokens): () => Entrant['ammunition'] {
  if (shown === 'each token once') {
    const fresh = tokens.fresh();
    return () => {
      let round = 0;
      return async ({ requests }: Need): Promise<Ammunition> => ({
        kind: 'once',
        shots: await fresh(round++, requests),
      });
    };
  }
  const same: () => Promise<readonly Shot[]> = tokens.same(shown === '1 token' ? 1 : 1000);
  return () => async (): Promise<Ammunition> => ({ kind: 'repeat', shots: await same() });
}
