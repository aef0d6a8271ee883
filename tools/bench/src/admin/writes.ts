/** Owns what a client costs to make, to read and to change with sixteen operators at once, and that one key makes one client. */
import { randomUUID } from 'node:crypto';
import type { Fleet, Progress, Step } from '@latchkey/stack';
import { exactly, type Figure } from '../measurement.js';
import { percentiles } from '../percentiles.js';
import { AdminApi, type Timed } from './admin-api.js';

const AT_ONCE = 16;
const REPETITIONS = 20;
const CLIENTS = '/admin/v1/clients';
const clientNamed = (name: string): string =>
  JSON.stringify({ client_name: name, grant_types: ['client_credentials'], scope: 'notes:read' });

/** @param clients how many; each is made, read and changed once */
export async function clientCosts(fleet: Fleet, clients: number, progress: Progress): Promise<readonly Figure[]> {
  const api = await AdminApi.of(fleet, AT_ONCE);
  try {
    const numbers = Array.from({ length: clients }, (_, n) => n);
    // Code that has never run.
    await atOnce(numbers.slice(0, AT_ONCE * 4), progress.of('warming up', AT_ONCE * 4), (n) =>
      api.ask(CLIENTS, [201], posted(`Warm ${n}`)),
    );
    const step = (what: string): Step => progress.of(`${what} clients, ${AT_ONCE} at once`, clients);
    const made = await atOnce(numbers, step('making'), (n) => api.ask(CLIENTS, [201], posted(`Made ${n}`)));
    const paths = made.answers.map(({ body }) => `${CLIENTS}/${clientIdIn(body)}`);
    const read = await atOnce(paths, step('reading'), (path) => api.ask(path, [200]));
    const changed = await atOnce(paths, step('changing'), (path) =>
      api.ask(path, [200], {
        method: 'PATCH',
        headers: { 'content-type': 'application/merge-patch+json' },
        body: JSON.stringify({ client_name: 'Changed' }),
      }),
    );
    return [
      ...figuresOf('POST /clients', made),
      ...figuresOf('GET /clients/{id}', read),
      ...figuresOf('PATCH /clients/{id}', changed),
    ];
  } finally {
    api.end();
  }
}

/** Twenty times the same request under one Idempotency-Key, all at once: counted in the table. */
export async function oneKey(fleet: Fleet): Promise<readonly Figure[]> {
  const api = await AdminApi.of(fleet, REPETITIONS);
  try {
    const name = `Once ${randomUUID()}`;
    const { body } = posted(name);
    const question = { method: 'POST', body, headers: { 'idempotency-key': `"${randomUUID()}"` } } as const;
    // 409: it was made, and its secret is not told twice.
    const answers = await Promise.all(
      Array.from({ length: REPETITIONS }, () => api.ask(CLIENTS, [201, 409], question)),
    );
    const [row] = await fleet.query('SELECT count(*)::integer AS clients FROM auth.clients WHERE client_name = $1', [
      name,
    ]);
    const of = `of ${REPETITIONS} identical POST /clients with one Idempotency-Key`;
    const created = answers.filter(({ status }) => status === 201).length;
    return [
      { what: `clients made ${of}`, value: Number(row?.['clients']), unit: 'clients', goal: exactly(1) },
      { what: `told the secret ${of}`, value: created, unit: 'calls', goal: exactly(1) },
    ];
  } finally {
    api.end();
  }
}

const posted = (name: string) => ({ method: 'POST', body: clientNamed(name) }) as const;

interface Lot {
  readonly answers: readonly Timed[];
  readonly seconds: number;
}

/** Each of sixteen goes on with the next as soon as it has its answer. */
async function atOnce<Each>(all: readonly Each[], step: Step, ask: (each: Each) => Promise<Timed>): Promise<Lot> {
  const answers: Timed[] = [];
  const rest = all.values();
  const began = performance.now();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const each of rest) step(answers.push(await ask(each)));
    }),
  );
  return { answers, seconds: (performance.now() - began) / 1000 };
}

const figuresOf = (what: string, { answers, seconds }: Lot): readonly Figure[] => [
  { what: `${what}, ${AT_ONCE} at once`, value: answers.length / seconds, unit: '/s' },
  ...percentiles(
    `${what}, ${AT_ONCE} at once`,
    answers.map(({ milliseconds }) => milliseconds),
  ).slice(0, 2),
];

function clientIdIn(body: string): string {
  const { client_id: clientId } = Object(JSON.parse(body)) as Record<string, unknown>;
  if (typeof clientId !== 'string') throw new Error('A client was answered without its client_id.');
  return clientId;
}
