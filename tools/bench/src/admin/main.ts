// Owns `npm run bench:admin`: its arguments, its progress, what is printed, and its exit code. Does not own the run.
import { argumentsOf, counted, progressTo, stamped, wholeNumber } from '@latchkey/stack';
import { isMissed } from '../measurement.js';
import { machine, table } from '../report.js';
import { comparisonTable } from './comparison.js';
import { run } from './run.js';

const values = argumentsOf({
  command: 'npm run bench:admin',
  does: 'Each list of the admin API with ten rows and with many: fails where a list is slower for being long. Some ten minutes for a million rows.',
  options: {
    rows: { type: 'string', default: '1000000' },
    'audit-rows': { type: 'string' },
    samples: { type: 'string', default: '500' },
    clients: { type: 'string', default: '2000' },
    without: { type: 'string' },
  },
  words: {
    rows: 'how many rows are many',
    'audit-rows':
      'how many of them of audit events, which have to be sealed: as many, and at most 200,000, when left out',
    samples: 'how often each page is asked for',
    clients: 'how many clients are made, read and changed',
    without: 'an index that is dropped first, to see the bench notice it',
  },
});

async function main(): Promise<void> {
  const rows = wholeNumber('rows', values.rows);
  const auditRows = wholeNumber('audit-rows', values['audit-rows'] ?? String(Math.min(rows, 200_000)));
  const tell = stamped((text) => process.stderr.write(text));
  const { comparisons, figures } = await run(
    {
      ...{
        rows,
        auditRows,
        samples: wholeNumber('samples', values.samples),
        clients: wholeNumber('clients', values.clients),
      },
      ...(values.without === undefined ? {} : { without: values.without }),
    },
    progressTo(tell),
  );
  const ratios = figures.filter(({ unit }) => unit === '×');
  const others = figures.filter((figure) => !ratios.includes(figure));
  const missed = figures.filter(isMissed);
  process.stdout.write(`\n${machine()} · fsync on\n`);
  process.stdout.write(`few: 10 rows; many: ${counted(rows)} rows, ${counted(auditRows)} of audit events\n\n`);
  process.stdout.write(`${comparisonTable(comparisons)}\n\n${table(others)}\n\n`);
  process.stdout.write(missed.length === 0 ? 'Every goal is met.\n' : `${missed.length} goals are missed.\n`);
  process.exitCode = missed.length === 0 ? 0 : 1;
}

await main();
