// Owns the list of what `npm run bench:revocation` measures, and its exit code. Another measurement is one more line here.
import { bytesPerEntry } from './bytes-per-entry.js';
import { costOfMatch } from './cost-of-match.js';
import { expiry } from './expiry.js';
import { answer, inFreshProcess } from './fresh-process.js';
import { keyKill } from './key-kill.js';
import { loading } from './loading.js';
import { loadingFromRedis } from './loading-from-redis.js';
import { isMissed, type Figure, type Measurement } from './measurement.js';
import { newKey } from './new-key.js';
import { refusal } from './refusal.js';
import { lowest, machine, table, type Reported } from './report.js';

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

async function main(): Promise<void> {
  const figures: Reported[] = [];
  for (const measurement of MEASUREMENTS) {
    const rounds: (readonly Figure[])[] = [];
    for (let round = 1; round <= measurement.rounds; round += 1) {
      process.stderr.write(`measuring ${measurement.name}, ${round} of ${measurement.rounds} …\n`);
      rounds.push(await inFreshProcess(measurement));
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
