// Owns the list of what `npm run bench:revocation` measures, and its exit code. Another measurement is one more line here.
import { argumentsOf, stamped } from '@latchkey/stack';
import { bytesPerEntry } from './bytes-per-entry.js';
import { Course } from '../course.js';
import { costOfMatch } from './cost-of-match.js';
import { expiry } from './expiry.js';
import { answer, inFreshProcess } from './fresh-process.js';
import { keyKill } from './key-kill.js';
import { loading } from './loading.js';
import { loadingFromRedis } from './loading-from-redis.js';
import { isMissed, type Figure, type Measurement } from '../measurement.js';
import { newKey } from './new-key.js';
import { refusal } from './refusal.js';
import { lowest, machine, table, type Reported } from '../report.js';

const MEASUREMENTS: readonly Measurement[] = [
  costOfMatch(),
  bytesPerEntry(),
  loading(),
  expiry('all at once', 0),
  expiry('every other', 2),
  loadingFromRedis(),
  refusal(),
  keyKill(),
  newKey(),
];
const NAMES = MEASUREMENTS.map(({ name }) => name);

async function main(): Promise<void> {
  const { only } = argumentsOf({
    command: 'npm run bench:revocation',
    does: 'What revoking costs, and how soon it is in force: fails where a goal is missed. Some five minutes.',
    options: { only: { type: 'string', default: '' } },
    words: { only: `a regular expression: the measurements whose names match it, of ${NAMES.join(', ')}` },
  });
  const wanted = MEASUREMENTS.filter(({ name }) => new RegExp(only, 'i').test(name));
  if (wanted.length === 0) throw new Error('There is no such measurement.');
  const figures: Reported[] = [];
  const course = new Course(
    stamped((text) => process.stderr.write(text)),
    wanted.reduce((sum, { rounds, seconds }) => sum + rounds * seconds, 0),
  );
  for (const measurement of wanted) {
    const rounds: (readonly Figure[])[] = [];
    for (let round = 1; round <= measurement.rounds; round += 1) {
      course.tell(`measuring ${measurement.name}, ${round} of ${measurement.rounds}`);
      rounds.push(await inFreshProcess(measurement));
      course.passed(measurement.seconds);
    }
    figures.push(...lowest(rounds));
  }
  const missed = figures.filter(isMissed);
  process.stdout.write(`\n${machine()}\n\n${table(figures)}\n\n`);
  process.stdout.write(missed.length === 0 ? 'Every goal is met.\n' : `${missed.length} goals are missed.\n`);
  process.exitCode = missed.length === 0 ? 0 : 1;
}

const asked = process.argv[2];
await (process.send === undefined || asked === undefined
  ? main()
  : answer(MEASUREMENTS.find(({ name }) => name === asked)));
