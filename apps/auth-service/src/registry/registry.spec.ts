import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { digestOf, Unavailable } from '@latchkey/protocol';
import {
  MemoryWire,
  type RevocationEntry,
  RevocationKnowledge,
  RevocationPublisher,
  type RevocationWire,
} from '@latchkey/tokens';
import { type FakeClock, fakeClock, until } from '@latchkey/tokens/testing';
import type { Answer, Statements } from '../persistence/postgres/database.js';
import { PostgresRegistryReads } from '../persistence/postgres/registry-reads.js';
import { PostgresRevocationLedger } from '../persistence/postgres/revocation-ledger.js';
import {
  addClient,
  endClient,
  fifty,
  openTestDatabase,
  type OpenTestDatabase,
} from '../persistence/postgres/testing/open-test-database.js';
import type { RegistryReads } from './registry-ports.js';
import { openRegistry, type Registry } from './registry.js';
import { weightOf } from './weight.js';

let test: OpenTestDatabase;
beforeAll(async () => {
  test = await openTestDatabase();
});
afterAll(() => test.close());

/** PostgreSQL behind a line on which its answers can be held back, and on which the questions are counted. */
class CountedReads implements Statements {
  asked = 0;
  readonly #inner: Statements;
  #holding = false;
  #held: (() => void)[] = [];

  constructor(inner: Statements) {
    this.#inner = inner;
  }

  hold(): void {
    this.#holding = true;
  }

  /** Those that come from now on; what is held stays so. */
  letPass(): void {
    this.#holding = false;
  }

  get held(): number {
    return this.#held.length;
  }

  release(): void {
    this.#holding = false;
    for (const pass of this.#held.splice(0)) pass();
  }

  async run<Row>(...statement: Parameters<Statements['run']>): Promise<Answer<Row>> {
    this.asked += 1;
    const answer = await this.#inner.run<Row>(...statement);
    if (this.#holding) await new Promise<void>((pass) => this.#held.push(pass));
    return answer;
  }
}

/** One instance: what it reads, what it hears, and what it remembers. */
interface Instance {
  readonly registry: Registry;
  readonly line: CountedReads;
  readonly knowledge: RevocationKnowledge;
  readonly publisher: RevocationPublisher;
  /** How many statements that took. */
  readonly costOf: (act: () => Promise<unknown>) => Promise<number>;
}

let clock: FakeClock;
let wire: MemoryWire;
let here: Instance;
let there: Instance;
let clientId: string;

const anInstance = (through: RevocationWire = wire): Instance => {
  const line = new CountedReads(test.database);
  const reads: RegistryReads = new PostgresRegistryReads(line, []);
  const publisher = new RevocationPublisher({ wire: through, ledger: new PostgresRevocationLedger(test.database) });
  const knowledge: RevocationKnowledge = new RevocationKnowledge({
    clock,
    onRegistryHeard: (revision) => {
      registry.heard(revision);
    },
  });
  const registry = openRegistry({
    ...{ reads, list: knowledge.list, maxStalenessMs: 5000, clock },
    judgeable: (ageMs) => knowledge.judgeable(ageMs),
    announce: (revision) => publisher.announceRegistry(revision),
  });
  wire.feed().start(knowledge);
  const costOf: Instance['costOf'] = async (act) => {
    const before = line.asked;
    await act();
    return line.asked - before;
  };
  return { registry, line, knowledge, publisher, costOf };
};

beforeEach(async () => {
  clock = fakeClock();
  wire = new MemoryWire(clock);
  here = anInstance();
  there = anInstance();
  ({ clientId } = await addClient(test.database));
  await there.publisher.round();
  await here.publisher.round();
});

const nameAt = async ({ registry }: Instance): Promise<string | undefined> =>
  (await registry.clients.find(clientId))?.clientName;
const rename = (name: string) =>
  test.database.run('UPDATE auth.clients SET client_name = $2 WHERE client_id = $1', [clientId, name]);
const everyRead = async ({ registry }: Instance): Promise<void> => {
  await registry.clients.find(clientId);
  await registry.apis.all();
  await registry.issuerState.generation();
};

describe('A9, V5 what was read of the registry lately', () => {
  it('is not read again: neither the client, nor the APIs, nor the generation of the issuer', async () => {
    expect(await here.costOf(() => everyRead(here))).toBe(3);
    expect(await here.costOf(() => everyRead(here))).toBe(0);
    await there.publisher.round();
    expect(await here.costOf(() => everyRead(here))).toBe(0);
  });

  it('is read once for 50 who ask at once, and a client that is not there each time', async () => {
    expect(await here.costOf(() => fifty(() => here.registry.clients.find(clientId)))).toBe(1);
    expect(await here.costOf(() => here.registry.clients.find('nobody'))).toBe(1);
    expect(await here.costOf(() => here.registry.clients.find('nobody'))).toBe(1);
  });

  it('cannot be written into by whoever is given it', async () => {
    const client = await here.registry.clients.find(clientId);
    expect(() => Object.assign(client?.redirectUris ?? [], { 0: 'https://thief.example/' })).toThrow(TypeError);
    expect(() => Object.assign(client ?? {}, { enabled: false })).toThrow(TypeError);
    expect(await here.registry.clients.find(clientId)).toBe(client);
  });

  it('holds digests of secrets alone', async () => {
    expect(JSON.stringify(await here.registry.clients.find(clientId))).not.toMatch(/sealed":"|secret":"/);
  });

  it('is so many bytes of clients, of which the oldest leaves that nobody has asked for since', async () => {
    const mostBytes = 3.5 * weightOf(clientId, await here.registry.clients.find(clientId));
    const bounded = openRegistry({
      ...{ list: here.knowledge.list, clock, maxStalenessMs: 5000, announce: () => Promise.resolve() },
      judgeable: () => true,
      ...{ reads: new PostgresRegistryReads(here.line, []), mostBytes },
    });
    const clients = await Promise.all(Array.from({ length: 4 }, () => addClient(test.database)));
    bounded.heard(await new PostgresRegistryReads(test.database, []).revision());
    const [a, b, c, d] = clients.map((each) => each.clientId);
    const cost = (...ids: readonly (string | undefined)[]) =>
      here.costOf(async () => {
        for (const id of ids) await bounded.clients.find(id ?? '');
      });
    expect(await cost(a, b, c)).toBe(3);
    expect(await cost(a, c)).toBe(0);
    expect(await cost(d)).toBe(1);
    expect(await cost(a, c, d)).toBe(0);
    expect(await cost(b)).toBe(1);
    expect(await cost(a, b, d)).toBe(0);
    expect(await cost(c)).toBe(1);
  });

  it('is not a client of more than 128 KiB: such a one is read each time', async () => {
    await rename('x'.repeat(65_536));
    await here.registry.changed();
    await here.registry.clients.find(clientId);
    expect(await here.costOf(() => here.registry.clients.find(clientId))).toBe(1);
  });
});

describe('A9 a change is in force', () => {
  it('where it was made before it is answered, and elsewhere when its news is heard, without a watermark', async () => {
    for (const each of [here, there]) await everyRead(each);
    await rename('Changed');
    expect([await nameAt(here), await nameAt(there)]).not.toContain('Changed');
    await here.registry.changed();
    expect(await nameAt(here)).toBe('Changed');
    await until(async () => (await nameAt(there)) === 'Changed', 'the news is heard');
    // And is remembered from then on.
    await everyRead(there);
    expect(await there.costOf(() => everyRead(there))).toBe(0);
  });

  it('everywhere with the next watermark, whoever has made it and never said it', async () => {
    for (const each of [here, there]) await everyRead(each);
    await rename('By hand');
    await there.publisher.round();
    expect([await nameAt(here), await nameAt(there)]).toEqual(['By hand', 'By hand']);
  });

  it('of 50 changes at 2 instances at once the last is what both say in the end', async () => {
    await fifty(async (index) => {
      const { registry } = index % 2 === 0 ? here : there;
      await rename(`${index}`);
      await registry.changed();
      await registry.clients.find(clientId);
    });
    await here.publisher.round();
    const { rows } = await test.database.run<{ readonly name: string }>(
      'SELECT client_name AS name FROM auth.clients WHERE client_id = $1',
      [clientId],
    );
    expect([await nameAt(here), await nameAt(there)]).toEqual([rows[0]?.name, rows[0]?.name]);
  });

  it('is not undone by a read that began before it and is answered after it, by 50 of them', async () => {
    here.line.hold();
    const early = fifty(() => nameAt(here));
    await until(() => here.line.held === 1, 'PostgreSQL has answered, and the answer is on its way');
    await rename('Changed');
    const told = here.registry.changed();
    await until(() => here.line.held === 2, 'the instance asks what stands');
    here.line.release();
    await told;
    await early;
    expect(await nameAt(here)).toBe('Changed');
  });

  it('is what whoever asks after it is told, while those who asked before still wait for an answer from before', async () => {
    here.line.hold();
    const early = fifty(() => nameAt(here));
    await until(() => here.line.held === 1, 'PostgreSQL has answered, and the answer is on its way');
    await rename('Changed');
    await there.publisher.round();
    const late = fifty(() => nameAt(here));
    await until(() => here.line.held === 2, 'they are one more question');
    here.line.release();
    expect(new Set(await late)).toEqual(new Set(['Changed']));
    expect(new Set(await early)).not.toContain('Changed');
  });

  it('and stays so when the answer of a read from before it comes after that of one from after it', async () => {
    here.line.hold();
    const early = nameAt(here);
    await until(() => here.line.held === 1, 'PostgreSQL has answered, and the answer is on its way');
    here.line.letPass();
    await rename('Changed');
    await there.publisher.round();
    expect(await nameAt(here)).toBe('Changed');
    here.line.release();
    expect(await early).not.toBe('Changed');
    expect(
      await here.costOf(async () => {
        expect(await nameAt(here)).toBe('Changed');
      }),
    ).toBe(0);
  });

  it('within a minute, though PostgreSQL was told not to count it', async () => {
    await nameAt(here);
    await test.database.run('ALTER TABLE auth.clients DISABLE TRIGGER registry_changed');
    await rename('not counted');
    await test.database.run('ALTER TABLE auth.clients ENABLE ALWAYS TRIGGER registry_changed');
    const nameAfter = async (milliseconds: number): Promise<string | undefined> => {
      clock.advance(milliseconds);
      await there.publisher.round();
      return nameAt(here);
    };
    expect(await nameAfter(59_999)).not.toBe('not counted');
    expect(await nameAfter(1)).toBe('not counted');
    expect(await here.costOf(() => everyRead(here))).toBe(2);
    expect(await here.costOf(() => everyRead(here))).toBe(0);
  });

  it('though an earlier revision is said after a later one: then nothing is kept until the later one is said again', async () => {
    await everyRead(here);
    const before = await new PostgresRegistryReads(test.database, []).revision();
    await rename('Changed');
    await here.registry.changed();
    await everyRead(here);
    // A round that had looked before the change comes late.
    here.registry.heard(before);
    expect(await here.costOf(() => everyRead(here))).toBe(3);
    expect(await here.costOf(() => everyRead(here))).toBe(3);
    expect(await nameAt(here)).toBe('Changed');
    await here.publisher.round();
    await everyRead(here);
    expect(await here.costOf(() => everyRead(here))).toBe(0);
  });

  it('though a read of before an earlier word is answered when that word is said once more', async () => {
    const before = await new PostgresRegistryReads(test.database, []).revision();
    here.line.hold();
    const early = nameAt(here);
    await until(() => here.line.held === 1, 'PostgreSQL has answered, and the answer is on its way');
    await rename('Changed');
    here.registry.heard(before + 1);
    here.registry.heard(before);
    here.line.release();
    await early;
    expect(await nameAt(here)).toBe('Changed');
  });

  it('when PostgreSQL does not say what stands after it, nothing is remembered until a watermark says it', async () => {
    await everyRead(here);
    const reads = new PostgresRegistryReads(here.line, []);
    const gone: RegistryReads = {
      ...{ client: (id) => reads.client(id), apis: () => reads.apis(), generation: () => reads.generation() },
      revision: () => Promise.reject(new Unavailable('PostgreSQL')),
    };
    const broken = openRegistry({
      ...{ list: here.knowledge.list, clock, maxStalenessMs: 5000, announce: () => Promise.resolve() },
      judgeable: () => true,
      reads: gone,
    });
    broken.heard(await new PostgresRegistryReads(test.database, []).revision());
    await broken.clients.find(clientId);
    expect(await here.costOf(() => broken.clients.find(clientId))).toBe(0);
    await broken.changed();
    expect(await here.costOf(() => broken.clients.find(clientId))).toBe(1);
    expect(await here.costOf(() => broken.clients.find(clientId))).toBe(1);
  });
});

describe('V1, V5 what is remembered is not used', () => {
  it('when the newest watermark is older than a second, and is used again when there is a younger one', async () => {
    await everyRead(here);
    clock.advance(1000);
    expect(await here.costOf(() => everyRead(here))).toBe(0);
    clock.advance(1);
    expect(await here.costOf(() => everyRead(here))).toBe(3);
    expect(await here.costOf(() => fifty(() => here.registry.clients.find(clientId)))).toBe(50);
    await there.publisher.round();
    expect(await here.costOf(() => everyRead(here))).toBe(0);
  });

  it('when it is older than what the doors of this service judge by, if that is less', async () => {
    const asked: number[] = [];
    const strict = openRegistry({
      ...{ list: here.knowledge.list, clock, maxStalenessMs: 400, announce: () => Promise.resolve() },
      reads: new PostgresRegistryReads(here.line, []),
      judgeable: (ageMs) => asked.push(ageMs) > 0,
    });
    strict.heard(1);
    await strict.clients.find(clientId);
    expect(asked).toEqual([400]);
  });

  it('when the wire has lost everything, until a watermark of the new epoch', async () => {
    await everyRead(here);
    wire.forget();
    await there.publisher.round();
    expect(await here.costOf(() => everyRead(here))).toBe(3);
    expect(await here.costOf(() => everyRead(here))).toBe(0);
  });

  it('beside an instance that says nothing of what is registered', async () => {
    await everyRead(here);
    await wire.watermark(here.publisher.epoch ?? 0, { at: clock.now(), longestLifetimeSeconds: 300 });
    expect(await here.costOf(() => everyRead(here))).toBe(3);
    expect(await here.costOf(() => everyRead(here))).toBe(3);
  });

  it('once the local list holds a higher generation for the client, though nothing else was heard', async () => {
    await everyRead(here);
    const [entry] = await ended(() => endClient(test.revoking, clientId, BY_A_SPEC, 'disabled'));
    here.knowledge.list.add(entry);
    expect((await here.registry.clients.find(clientId))?.enabled).toBe(false);
    // What is read is of another state than the one that was heard, and is not kept.
    expect(await here.costOf(() => here.registry.clients.find(clientId))).toBe(1);
  });

  it('nor is the answer of a question that began before that', async () => {
    here.line.hold();
    const early = here.registry.clients.find(clientId);
    await until(() => here.line.held === 1, 'PostgreSQL has answered, and the answer is on its way');
    const [entry] = await ended(() => endClient(test.revoking, clientId, BY_A_SPEC, 'disabled'));
    here.knowledge.list.add(entry);
    const late = here.registry.clients.find(clientId);
    here.line.release();
    expect((await late)?.enabled).toBe(false);
    expect((await early)?.enabled).toBe(false);
  });

  it('once the local list holds a higher generation for the issuer', async () => {
    const before = await here.registry.issuerState.generation();
    await test.database.run('UPDATE auth.issuer_state SET generation = generation + 1');
    expect(await here.registry.issuerState.generation()).toBe(before);
    here.knowledge.list.add({
      ...{ id: randomUUID(), kind: 'issuer', value: '', generation: before + 1, expiresAt: 4_000_000_000 },
    });
    expect(await here.registry.issuerState.generation()).toBe(before + 1);
  });
});

describe('A9 a client that is new', () => {
  it('leaves what is remembered of all others as it is, on both instances, with a secret as without one', async () => {
    for (const each of [here, there]) await everyRead(each);
    const { clientId: made } = await addClient(test.database);
    await here.registry.changed();
    await there.publisher.round();
    for (const each of [here, there]) {
      expect(await each.costOf(() => everyRead(each))).toBe(0);
      expect((await each.registry.clients.find(made))?.secretDigests).toHaveLength(1);
    }
  });

  it('is found by all 50 who ask after it was made, though the same was asked before and is not answered yet', async () => {
    const made = randomUUID().replaceAll('-', '');
    here.line.hold();
    const early = here.registry.clients.find(made);
    await until(() => here.line.held === 1, 'PostgreSQL has answered, and the answer is on its way');
    await addClient(test.database, { clientId: made });
    const late = fifty(() => here.registry.clients.find(made));
    const cost = await here.costOf(async () => {
      here.line.release();
      expect(await early).toBeUndefined();
      for (const found of await late) expect(found?.clientId).toBe(made);
    });
    // And that costs one statement more, not fifty.
    expect(cost).toBe(1);
  });

  it('under the id of one that has gone is never answered by what was remembered of that, while 50 ask at both', async () => {
    const secrets = async ({ registry }: Instance) => (await registry.clients.find(clientId))?.secretDigests;
    for (let round = 0; round < 10; round += 1) {
      for (const each of [here, there]) await secrets(each);
      const asking = fifty((index) => secrets(index % 2 === 0 ? here : there));
      await test.database.run('DELETE FROM auth.clients WHERE client_id = $1', [clientId]);
      await here.registry.changed();
      expect(await secrets(here)).toBeUndefined();
      const { secretDigests } = await addClient(test.database, { clientId });
      expect(await secrets(here)).toEqual(secretDigests);
      await here.registry.changed();
      await there.publisher.round();
      expect([await secrets(here), await secrets(there)]).toEqual([secretDigests, secretDigests]);
      await asking;
    }
  });
});

const BY_A_SPEC = { actor: 'spec', receipt: false } as const;

const ended = async (end: () => ReturnType<typeof endClient>): Promise<readonly [RevocationEntry]> => {
  const ending = await end();
  const [entry] = ending.outcome === 'ended' ? ending.revocations : [];
  if (entry === undefined) throw new Error('Nothing was revoked.');
  return [entry];
};

describe('V5, DESIGN §3 while PostgreSQL does not answer', () => {
  it('what is remembered is answered for as long as the newest watermark is young, then it is unavailable', async () => {
    const reads = new PostgresRegistryReads(here.line, []);
    const world = { gone: false };
    const unlessGone = <Value>(read: () => Promise<Value>) =>
      world.gone ? Promise.reject(new Unavailable('PostgreSQL')) : read();
    const { clients, heard } = openRegistry({
      ...{ list: here.knowledge.list, clock, maxStalenessMs: 5000, announce: () => Promise.resolve() },
      judgeable: (ageMs) => here.knowledge.judgeable(ageMs),
      reads: {
        client: (id) => unlessGone(() => reads.client(id)),
        apis: () => unlessGone(() => reads.apis()),
        generation: () => unlessGone(() => reads.generation()),
        revision: () => unlessGone(() => reads.revision()),
      },
    });
    heard(await reads.revision());
    const client = await clients.find(clientId);
    world.gone = true;
    expect(await clients.find(clientId)).toBe(client);
    await expect(clients.find('another')).rejects.toBeInstanceOf(Unavailable);
    await expect(fifty(() => clients.find('another'))).rejects.toBeInstanceOf(Unavailable);
    clock.advance(1001);
    await expect(clients.find(clientId)).rejects.toBeInstanceOf(Unavailable);
    world.gone = false;
    expect((await clients.find(clientId))?.clientId).toBe(clientId);
  });
});

describe('A9 a secret', () => {
  it('that was added is taken, and one that was deleted is not, with the next watermark', async () => {
    const digests = async () => (await here.registry.clients.find(clientId))?.secretDigests;
    const [first] = (await digests()) ?? [];
    await test.database.run(
      'INSERT INTO auth.client_secrets (id, client_id, place, digest) VALUES (gen_random_uuid(), $1, 2, $2)',
      [clientId, digestOf('second')],
    );
    await there.publisher.round();
    expect(await digests()).toEqual([first, digestOf('second')]);
    await test.database.run('DELETE FROM auth.client_secrets WHERE client_id = $1 AND place = 1', [clientId]);
    await there.publisher.round();
    expect(await digests()).toEqual([digestOf('second')]);
  });
});
