/** A process that sweeps in batches of ten until it is killed: argv holds the URL of a database. */
import { openDatabase } from '../data-source.js';
import { ExpiredRows } from '../expired-rows.js';
import { PATIENT } from './patient.js';

const [, , url = ''] = process.argv;
const database = await openDatabase({ url, poolSize: 2, ...PATIENT });
const rows = new ExpiredRows(database, { batch: 10, batches: 1_000_000 });
for (;;) await rows.sweep();
