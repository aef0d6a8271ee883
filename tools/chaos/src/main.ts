// Owns: `npm run chaos [-- --seed N] [--fault name]…`: its arguments, its progress, its exit code. Does not own: the run.
import { randomInt } from 'node:crypto';
import { argumentsOf, progressTo } from '@latchkey/stack';
import { runCampaign } from './campaign.js';
import { Chance } from './chance.js';
import { faultNamed, FAULTS } from './faults/index.js';
import { tableOf } from './report.js';

const SPANS = { outageMs: [500, 8000], stillMs: 10_000, slowMs: 8000 } as const;

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

async function main(): Promise<number> {
  const values = argumentsOf({
    command: 'npm run chaos',
    does: 'Kills, stops and cuts off real processes under load, one fault after the other: fails where anything was admitted too late. Some four minutes.',
    options: { seed: { type: 'string' }, fault: { type: 'string', multiple: true } },
    words: {
      seed: 'a whole number: the same order and the same chances again',
      fault: `only this one, as often as it is said: ${FAULTS.map(({ name }) => name).join(', ')}`,
    },
  });
  const seed = values.seed === undefined ? randomInt(1_000_000) : Number(values.seed);
  if (!Number.isSafeInteger(seed) || seed < 0) throw new Error('--seed is a whole number');
  // The order comes from the seed too, unless it was said.
  const faults = values.fault?.map(faultNamed) ?? new Chance(seed).shuffled(FAULTS);
  const began = performance.now();
  const tell = (line: string): void => {
    say(`${((performance.now() - began) / 1000).toFixed(1).padStart(6)} s  ${line}`);
  };
  tell(`seed ${seed}`);
  const rows = await runCampaign({ seed, faults, spans: SPANS, progress: progressTo(tell) });
  say(`\n${tableOf(rows)}\n`);
  const found = rows.some(({ findings }) => findings.length > 0);
  say(found ? `FAILED with --seed ${seed}` : `all held, with --seed ${seed}`);
  return found ? 1 : 0;
}

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return 1;
});
