/** Owns one run: what is started, in what order it is measured, and what is found. Does not own what is printed (main). */
import { Endings, type Progress } from '@latchkey/stack';
import type { Figure } from '../measurement.js';
import { conditionsOf, storeVersions } from './conditions.js';
import { ageLog } from './contenders/aged-log.js';
import { Latchkey } from './contenders/latchkey.js';
import { LatchkeyDrills } from './contenders/latchkey-drills.js';
import { OidcProvider } from './contenders/oidc-provider.js';
import { OidcProviderDrills } from './contenders/oidc-provider-drills.js';
import { Course } from '../course.js';
import { FloorServer } from './floors/floor-server.js';
import { AUTH0, GUARDS, JOSE } from './guards/guard-names.js';
import { algorithmsAsked } from './guards/guard-workloads.js';
import { guardSeconds, runGuards, type GuardsFound } from './guards/run-guards.js';
import { halfLoad, ratios } from './goals.js';
import { imageSize } from './image.js';
import { LoadGenerator } from './load/generator.js';
import { installPeers, versionOf } from './peers.js';
import type { BenchResult } from './result.js';
import type { Size } from './rounds.js';
import { runScale } from './scale/run-scale.js';
import { endsOf, scaleSeconds } from './scale/sittings.js';
import { TwoPasses, workloadSeconds } from './two-passes.js';
import { upkeep, upkeepSeconds } from './upkeep.js';
import { CONTENDERS, OIDC_PROVIDER, OIDC_PROVIDER_DURABLE } from './workload.js';
import { workloadsOf, type Contenders } from './workloads.js';

/** What is measured besides the workloads, by the names that `only` is asked about. */
const UPKEEP = 'upkeep';
const IMAGE = 'image';

export interface Asked {
  readonly size: Size;
  /** Which workloads, by name; and whether `upkeep` (start, memory) and `image`. */
  readonly only: (name: string) => boolean;
  /** PostgreSQL with fsync. */
  readonly durable: boolean;
  /** Whether oidc-provider and the guards take part; they need the net when they are not installed yet. */
  readonly peers: boolean;
  /** How many rows are many, where it is asked how the product scales. */
  readonly scale?: number;
}

export async function run({ size, only, durable, peers, scale }: Asked, progress: Progress): Promise<BenchResult> {
  const endings = new Endings();
  const conditions = conditionsOf(size);
  try {
    if (peers) installPeers(progress.tell);
    progress.tell('starting the servers');
    const latchkey = endings.keep(await Latchkey.start({ durable }));
    if (durable) await ageLog(latchkey.databaseUrl);
    const floor = endings.keep(await FloorServer.start(latchkey));
    const generator = endings.keep(await LoadGenerator.start());
    const started = peers ? await startPeers(endings) : undefined;
    const workloads = workloadsOf(drills(latchkey, floor, started)).filter(({ name }) => only(name));
    const others = [UPKEEP, IMAGE].some(only) || scale !== undefined || (peers && algorithmsAsked(only).length > 0);
    if (workloads.length === 0 && !others) throw new Error('There is no such workload.');
    const course = new Course(
      progress.tell,
      (only(UPKEEP) ? upkeepSeconds(size.rounds) : 0) +
        workloads.reduce((sum, each) => sum + workloadSeconds(each, size), 0) +
        (peers ? guardSeconds(only, size) : 0) +
        (scale === undefined ? 0 : scaleSeconds(scale, size)),
    );
    const beside: Figure[] = [];
    if (only(UPKEEP)) {
      course.tell('starting each again, and leaving it alone');
      beside.push(...(await upkeep(latchkey, started?.fleeting, size.rounds)));
      course.passed(upkeepSeconds(size.rounds));
    }
    if (only(IMAGE)) beside.push(...imageSize());
    const passes = new TwoPasses(generator, workloads, size, course);
    await passes.first();
    const guards = peers ? await runGuards(generator, latchkey, { size, only }, course) : NO_GUARDS;
    const paced = await passes.again();
    const { rows } = passes;
    const versions = {
      ...(await storeVersions(latchkey)),
      ...(peers ? versionsOfPeers() : {}),
    };
    const measured = conditions(versions);
    const scaleConditions = conditionsOf(endsOf(size));
    const scaled =
      scale === undefined ? undefined : await runScale(generator, { many: scale, size, durable }, { course, progress });
    const figures: Figure[] = [...ratios(rows), ...halfLoad(paced), ...guards.figures, ...beside];
    return {
      conditions: measured,
      contenders: { ...CONTENDERS, ...(guards.rows.length === 0 ? {} : GUARDS) },
      workloads: { ...Object.fromEntries(workloads.map(({ name, does }) => [name, does])), ...guards.workloads },
      rows: [...rows, ...guards.rows],
      paced,
      figures,
      ...(scaled === undefined ? {} : { scale: { ...scaled, conditions: scaleConditions(versions) } }),
    };
  } finally {
    await endings.run();
  }
}

const NO_GUARDS: GuardsFound = { rows: [], workloads: {}, figures: [] };

const versionsOfPeers = (): Readonly<Record<string, string>> =>
  Object.fromEntries([OIDC_PROVIDER, 'passport-jwt', 'jwks-rsa', JOSE, AUTH0].map((name) => [name, versionOf(name)]));

interface Peers {
  readonly fleeting: OidcProvider;
  readonly durable: OidcProvider;
}

async function startPeers(endings: Endings): Promise<Peers> {
  const start = async (durable: boolean): Promise<OidcProvider> => endings.keep(await OidcProvider.start(durable));
  return { fleeting: await start(false), durable: await start(true) };
}

const drills = (latchkey: Latchkey, floor: FloorServer, peers: Peers | undefined): Contenders => ({
  latchkey: new LatchkeyDrills(latchkey),
  floor,
  ...(peers === undefined
    ? {}
    : {
        peers: {
          fleeting: new OidcProviderDrills(OIDC_PROVIDER, peers.fleeting),
          durable: new OidcProviderDrills(OIDC_PROVIDER_DURABLE, peers.durable),
        },
      }),
});
