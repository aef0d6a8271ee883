/** Owns a run that measures nothing: our server under the load of one workload, and in which functions its time goes. */
import { Endings, type Progress } from '@latchkey/stack';
import type { StartedProcess } from '@latchkey/testbed';
import { Latchkey } from '../contenders/latchkey.js';
import { LatchkeyDrills } from '../contenders/latchkey-drills.js';
import { FloorServer } from '../floors/floor-server.js';
import { RESOURCE_GUARD } from '../guards/guard-names.js';
import { algorithmsAsked, startGuards } from '../guards/guard-workloads.js';
import { LoadGenerator } from '../load/generator.js';
import { measure, type Size } from '../rounds.js';
import { LATCHKEY, type Workload } from '../workload.js';
import { workloadsOf } from '../workloads.js';
import { selfTimes, selfTimeTable } from './self-times.js';
import { profileOf, PROFILED } from './take-profile.js';

interface Target {
  readonly workload: Workload;
  readonly server: StartedProcess;
}

/** @returns the table, as Markdown. @throws Error unless exactly one workload was asked for */
export async function runProfile(only: (name: string) => boolean, size: Size, progress: Progress): Promise<string> {
  const endings = new Endings();
  try {
    progress.tell('starting the servers');
    const latchkey = endings.keep(await Latchkey.start({ extra: PROFILED }));
    const floor = endings.keep(await FloorServer.start(latchkey));
    const generator = endings.keep(await LoadGenerator.start());
    const targets = [
      ...issuerTargets(latchkey, floor).filter(({ workload }) => only(workload.name)),
      ...(await guardTargets(latchkey, only, endings)),
    ];
    const [target] = targets;
    if (target === undefined || targets.length !== 1) {
      const names = targets.map(({ workload }) => workload.name).join('; ');
      throw new Error(`A profile is of one workload; --only names ${targets.length}: ${names}`);
    }
    const round = async (what: string): Promise<void> => {
      progress.tell(`${target.workload.name}: ${what}`);
      await measure(generator, target.workload, { ...size, rounds: 1 }, () => undefined);
    };
    await round('warming up');
    const profile = await profileOf(target.server, () => round('taking the profile'));
    return `${target.workload.name}\n\n${selfTimeTable(selfTimes(profile))}`;
  } finally {
    await endings.run();
  }
}

function issuerTargets(latchkey: Latchkey, floor: FloorServer): readonly Target[] {
  const [server] = latchkey.processes;
  if (server === undefined) return [];
  return workloadsOf({ latchkey: new LatchkeyDrills(latchkey), floor }).map((workload) => ({
    workload: onlyOf(workload, LATCHKEY),
    server,
  }));
}

async function guardTargets(
  latchkey: Latchkey,
  only: (name: string) => boolean,
  endings: Endings,
): Promise<readonly Target[]> {
  const targets: Target[] = [];
  for (const algorithm of algorithmsAsked(only)) {
    const api = await startGuards(latchkey, algorithm, (server) => endings.keep(server), ['latchkey'], PROFILED);
    const server = api.servers[0]?.process;
    if (server === undefined) continue;
    for (const workload of api.workloads) {
      if (only(workload.name)) targets.push({ workload: onlyOf(workload, RESOURCE_GUARD), server });
    }
  }
  return targets;
}

const onlyOf = (workload: Workload, contender: string): Workload => ({
  ...workload,
  entrants: workload.entrants.filter((entrant) => entrant.contender === contender),
});
