/**
 * A process that remembers every client of a database and tells what that takes: argv holds the URL, and how many bytes
 * may be remembered, if not as many as in production. To be run with --expose-gc. Prints how
 * many bytes, in the heap and beside it, and how many clients that are.
 */
import { openDatabase } from '../../persistence/postgres/data-source.js';
import { PostgresRegistryReads } from '../../persistence/postgres/registry-reads.js';
import { PATIENT } from '../../persistence/postgres/testing/patient.js';
import { openRegistry } from '../registry.js';

const [, , url = '', mostBytes] = process.argv;
const database = await openDatabase({ url, poolSize: 1, ...PATIENT });
const line = { asked: 0 };
const reads = new PostgresRegistryReads(
  {
    run: (...statement) => {
      line.asked += 1;
      return database.run(...statement);
    },
  },
  [],
);
const revision = await reads.revision();
const { rows } = await database.run<{ readonly id: string }>('SELECT client_id AS id FROM auth.clients');

const opened = () => {
  const registry = openRegistry({
    ...{ reads, judgeable: () => true, list: { generationOf: () => 0 }, announce: () => Promise.resolve() },
    ...{ maxStalenessMs: 5000, clock: { monotonic: () => 0 } },
    ...(mostBytes === undefined ? {} : { mostBytes: Number(mostBytes) }),
  });
  registry.heard(revision);
  return registry;
};

/** What lives, in bytes. */
const living = async (): Promise<number> => {
  for (let round = 0; round < 4; round += 1) {
    await new Promise(setImmediate);
    globalThis.gc?.();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

// Whatever is made but once (code, prepared statements, hidden classes of ours) is made before it is measured.
for (const { id } of rows.slice(0, 20)) await opened().clients.find(id);
const before = await living();
const registry = opened();
for (const { id } of rows) await registry.clients.find(id);
const bytes = (await living()) - before;

// From the one that was asked for last: those that are remembered cost no statement.
let remembered = 0;
for (const { id } of [...rows].reverse()) {
  const asked = line.asked;
  await registry.clients.find(id);
  if (line.asked > asked) break;
  remembered += 1;
}
process.stdout.write(JSON.stringify({ bytes, remembered }));
await database.close();
