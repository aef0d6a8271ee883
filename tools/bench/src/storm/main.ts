// Owns `npm run bench:storm`: its arguments, its progress, what is printed, and its exit code. Does not own the run.
import { argumentsOf, progressTo, stamped, wholeNumber } from '@latchkey/stack';
import { isMissed } from '../measurement.js';
import { machine, table } from '../report.js';
import { run } from './run.js';

const values = argumentsOf({
  command: 'npm run bench:storm',
  does: 'Many clients each use a refresh token many times at once, lose answers and are robbed (RFC 9700 §4.14.2): fails where anybody is logged out or a thief goes unseen. Some two minutes.',
  options: {
    clients: { type: 'string', default: '1000' },
    uses: { type: 'string', default: '20' },
    'at-once': { type: 'string', default: '10' },
  },
  words: {
    clients: 'how many there are',
    uses: 'how often each uses one token at once',
    'at-once': 'how many clients storm at the same time',
  },
});

async function main(): Promise<void> {
  const tell = stamped((text) => process.stderr.write(text));
  const size = {
    clients: wholeNumber('clients', values.clients),
    uses: wholeNumber('uses', values.uses),
    atOnce: wholeNumber('at-once', values['at-once']),
  };
  const { figures, faults } = await run({ ...size, time: 'wait' }, progressTo(tell));
  const missed = figures.filter(isMissed);
  process.stdout.write(`\n${machine()} · fsync on · two auth-services\n`);
  process.stdout.write(`${size.clients} clients × ${size.uses} concurrent uses of one token\n\n${table(figures)}\n\n`);
  if (faults.length > 0) process.stdout.write(`${faults.join('\n')}\n\n`);
  process.stdout.write(missed.length === 0 ? 'Every goal is met.\n' : `${missed.length} goals are missed.\n`);
  process.exitCode = missed.length === 0 ? 0 : 1;
}

await main();
