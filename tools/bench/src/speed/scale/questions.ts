/** Owns what small and large installations are asked: the same rows. Does not own the installations. */
import { ALGORITHMS, API, type Algorithm } from '../contenders/seed.js';
import { DOCUMENTS } from '../floors/floor-server.js';
import { guardedGet, RESOURCE_GUARD, type Shown } from '../guards/guard-names.js';
import { form } from '../shots.js';
import { SECONDS_PER_CODE } from '../workloads.js';
import type { Entrant } from '../workload.js';
import type { Respect } from '../result.js';
import type { Installation } from './installation.js';

export interface Question {
  readonly name: string;
  readonly does: string;
  /** Those that are large in something else answer it by the same processes as the small one: they are not asked. */
  readonly respects: readonly Respect[];
  /** At the sizes between the ends, too: what is looked up somewhere. */
  readonly between: boolean;
  /** As of a workload. */
  readonly secondsToBring?: number;
  readonly entrant: (installation: Installation) => Promise<Entrant>;
}

const AS_ABOVE = 'As above.';

function ofIssuer(
  name: string,
  entrant: (installation: Installation) => Entrant,
  { between = true, does = AS_ABOVE, secondsToBring = 0 } = {},
): Question {
  const respects: readonly Respect[] = ['processes', 'clients', 'grants', 'revocations'];
  return {
    ...{ name, does, between, respects, secondsToBring },
    entrant: (installation) => Promise.resolve(entrant(installation)),
  };
}

function ofGuard(shown: Shown): Question {
  const name = guardedGet(shown, 'ES256');
  return {
    ...{ name, does: `${RESOURCE_GUARD}, as above. It knows neither clients nor grants.` },
    ...{ between: true, respects: ['revocations'] },
    entrant: async (installation) => {
      const { workloads } = await installation.guarded();
      const [entrant] = workloads.find((workload) => workload.name === name)?.entrants ?? [];
      if (entrant === undefined) throw new Error(`Nobody guards: ${name}.`);
      return entrant;
    },
  };
}

const machinesInTurn = (algorithm: Algorithm): Question =>
  ofIssuer(
    `client_credentials ${algorithm}`,
    ({ drills, machines }) => {
      const parameters = { grant_type: 'client_credentials', scope: API[algorithm].scope };
      const shots = machines.map((machine) => form('/token', machine, parameters));
      return { ...drills.clientCredentials(algorithm), ammunition: () => Promise.resolve({ kind: 'repeat', shots }) };
    },
    {
      between: algorithm === 'ES256',
      does: 'As above, by 1,000 clients in turn where there are as many; by 10 where there are 10.',
    },
  );

export const QUESTIONS: readonly Question[] = [
  ...ALGORITHMS.map(machinesInTurn),
  ofIssuer('code exchange', ({ drills }) => drills.codeExchange(), { secondsToBring: 3 * SECONDS_PER_CODE }),
  ofIssuer('refresh', ({ drills }) => drills.refresh(), { does: 'As above: of 32 grants, however many there are.' }),
  ofIssuer('introspection', ({ drills }) => drills.introspection()),
  ...Object.entries(DOCUMENTS).map(([name, path]) =>
    ofIssuer(name, ({ drills }) => drills.document(path), { between: false }),
  ),
  ofGuard('1 token'),
  ofGuard('1,000 tokens in turn'),
];
