// Owns `npm run bench`: its arguments, its progress, what is printed or written, and its exit code. Does not own the run.
import { argumentsOf, progressTo, stamped, wholeNumber } from '@latchkey/stack';
import { publish } from '../document/files.js';
import { keep } from './kept-result.js';
import { installPeers } from './peers.js';
import { runProfile } from './profile/run-profile.js';
import { shown, exitCodeOf } from './shown.js';
import type { Size } from './rounds.js';
import { run } from './run.js';

const values = argumentsOf({
  command: 'npm run bench',
  does: 'What each endpoint of the issuer and each guard costs, beside what others offer and the least that anybody could do, in one run. Fails where a goal is missed. Some 40 min, with --rounds 3 some 25, and 15 more with --scale.',
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    rounds: { type: 'string' },
    scale: { type: 'boolean', default: false },
    many: { type: 'string', default: '1000000' },
    json: { type: 'string' },
    'cpu-prof': { type: 'boolean', default: false },
    document: { type: 'boolean', default: false },
  },
  words: {
    quick: 'a look: short rounds, before node has compiled all that it will',
    only: 'a regular expression: what matches it by name, such as refresh or "guarded GET.*ES256", upkeep (start, memory) or image',
    rounds: 'how many rounds of each: 5, or 2 with --quick, when left out',
    scale: 'small and large installations besides; with --only none nothing else',
    many: 'how many rows are many, for --scale',
    json: 'a file that the result is written to; what is not asked now stays in it',
    'cpu-prof': 'instead: in which functions of our server the time goes',
    document: 'instead: docs/performance.md and its pictures, of docs/performance/run.json',
  },
});

const WHOLE: Size = {
  connections: 32,
  rounds: 5,
  secondsPerRound: 4,
  warmUpSeconds: 3,
  warmUpRequests: 5000,
  requestsPerRound: 2500,
};
const QUICK: Size = {
  connections: 32,
  rounds: 2,
  secondsPerRound: 1,
  warmUpSeconds: 1,
  warmUpRequests: 2000,
  requestsPerRound: 1000,
};

const progress = progressTo(stamped((text) => process.stderr.write(text)));

async function main(): Promise<void> {
  if (values.document) {
    installPeers(progress.tell);
    await publish();
    return;
  }
  const only = new RegExp(values.only, 'i');
  const whole = values.quick ? QUICK : WHOLE;
  const size = values.rounds === undefined ? whole : { ...whole, rounds: wholeNumber('rounds', values.rounds) };
  const asked = {
    ...{ size, only: (name: string) => only.test(name), durable: true, peers: true },
    ...(values.scale ? { scale: wholeNumber('many', values.many) } : {}),
  };
  if (values['cpu-prof']) {
    installPeers(progress.tell);
    process.stdout.write(`\n${await runProfile(asked.only, size, progress)}\n`);
    return;
  }
  const result = await run(asked, progress);
  process.stdout.write(`\n${shown(result)}\n`);
  if (values.json !== undefined) keep(values.json, result);
  process.exitCode = exitCodeOf(result);
}

await main();
