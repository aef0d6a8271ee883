import { Endings } from './endings.js';
import { ApiAlgorithm } from './keys/api-algorithm.js';
import { Fleet } from './keys/fleet.js';
import { Forgers } from './keys/forgers.js';
import { GuardWitness } from './keys/guard-witness.js';
import { IssuingLoad } from './keys/issuing-load.js';
import { KeyDesk, type ShownKey } from './keys/key-desk.js';
import { read } from './keys/shown-token.js';
import { until } from './keys/until.js';
import { type Outside, type RegisteredClient, textOf } from './outside-client.js';

const ROTATIONS = 20;
/** In the middle of them. */
const RESTARTED_AT = 8;
const RESTARTED = 1;
const FLOODED = 0;
const RINGS = ['ES256', 'RS256', 'refresh'];

const endings = new Endings();
let fleet: Fleet;
let desks: readonly KeyDesk[];
beforeAll(async () => {
  const extra = { KEY_ANNOUNCE_SECONDS: '1', ACCESS_TOKEN_LIFETIME_SECONDS: '15', LOG_LEVEL: 'warn' };
  fleet = endings.keep(await Fleet.start({ auths: 2, guards: 3 }, extra));
  desks = fleet.auths.map((auth) => new KeyDesk(auth));
});
afterAll(() => endings.run());

async function newMachine(auth: Outside): Promise<RegisteredClient> {
  return auth.createClient({ grant_types: ['client_credentials'], redirect_uris: [], scope: 'notes:read' });
}

async function tokenOf(auth: Outside, machine: RegisteredClient): Promise<string> {
  return textOf(await auth.token(machine, { grant_type: 'client_credentials' }), 'access_token');
}

const kidOf = (keys: readonly ShownKey[], algorithm: string): string =>
  keys.find((key) => key.algorithm === algorithm)?.kid ?? `no ${algorithm}`;

/** The keys with which tokens are signed; the MAC of refresh tokens is nobody else's business. */
const signing = (keys: readonly ShownKey[]): string[] =>
  keys.filter(({ algorithm }) => algorithm !== 'refresh').map(({ kid }) => kid);

/** At every auth-service in turn, each rotation as soon as the successors of the one before have signed everywhere. */
async function rotate(times: number, load: IssuingLoad, on: (rotation: number) => void): Promise<void> {
  for (let rotation = 0; rotation < times && load.refused.length === 0; rotation += 1) {
    const desk = desks[rotation % desks.length];
    if (desk === undefined) throw new Error('an auth-service is needed');
    const successors = await desk.rotate();
    await desk.untilActive(successors.map(({ kid }) => kid));
    await load.untilAllSignWith(signing(successors));
    on(rotation);
  }
}

describe('K3 every instance signs with the new key soon after it has become active', () => {
  it('whoever rotated, and none goes back to the one before', async () => {
    const [first] = fleet.auths;
    if (first === undefined) throw new Error('an auth-service is needed');
    const machine = await newMachine(first);
    const signedBy = async (auth: Outside): Promise<string> => read(await tokenOf(auth, machine)).kid;
    for (const desk of desks) {
      const kid = kidOf(await desk.rotate(), 'ES256');
      await desk.untilActive([kid]);
      await Promise.all(
        fleet.auths.map(async (auth) => {
          await until('it signs with the new key', async () => (await signedBy(auth)) === kid);
          const next: string[] = [];
          for (let n = 0; n < 20; n += 1) next.push(await signedBy(auth));
          expect(new Set(next)).toEqual(new Set([kid]));
        }),
      );
    }
  });
});

describe('K6 keys are rotated under a constant load of token requests and guarded requests', () => {
  it('refuses no valid token, no token request and no refresh, twenty rotations in a row, while a guard is restarted', async () => {
    const { guards, auths } = fleet;
    const [first] = auths;
    const [flooded, restarted] = [guards[FLOODED], RESTARTED];
    if (first === undefined || flooded === undefined) throw new Error('instances are needed');
    const witnesses = guards.map((guard, n) => new GuardWitness(`guard ${n + 1}`, guard));
    const load = await IssuingLoad.prepare(fleet, witnesses);
    const forgers = new Forgers(flooded, await tokenOf(first, await newMachine(first)));
    const algorithm = new ApiAlgorithm(fleet, first.bootstrap.api_url);
    endings.add(() => Promise.all([algorithm.end(), load.end(), forgers.end()]));
    const before = await desks[0]?.list();

    algorithm.start();
    load.start();
    forgers.start();
    let restarting: Promise<void> | undefined;
    await rotate(ROTATIONS, load, (rotation) => {
      if (rotation === RESTARTED_AT) restarting = witnesses[restarted]?.whileAway(fleet.restartGuard(restarted));
    });
    await restarting;
    // Once more: the guard that was restarted has missed some, and must know the rest.
    await rotate(1, load, () => undefined);
    await Promise.all([load.end(), forgers.end()]);

    const keys = (await desks[0]?.list()) ?? [];
    const admitted = witnesses.map((witness) => RINGS.slice(0, 2).map((ring) => witness.kidsOf(ring).size));
    const figures = {
      ...load.figures,
      admitted: witnesses.map((witness) => witness.admitted),
      couldNotTell: witnesses.map((witness) => witness.couldNotTell),
      kidsAdmitted: admitted,
      forgeries: Object.fromEntries(forgers.answers),
    };
    process.stdout.write(`${JSON.stringify(figures)}\n`);
    const faults = [...load.refused, ...witnesses.flatMap(({ refused, unexpected }) => [...refused, ...unexpected])];
    expect([faults.length, faults.slice(0, 5)]).toEqual([0, []]);
    // Each ring has gone on by as many keys, and one of each signs.
    const begun = (list: readonly ShownKey[], ring: string): number =>
      list.filter((key) => key.algorithm === ring && key.active_at !== null).length;
    for (const ring of RINGS) {
      expect(begun(keys, ring) - begun(before ?? [], ring)).toBeGreaterThanOrEqual(ROTATIONS);
      expect(keys.filter((key) => key.algorithm === ring && key.state === 'active')).toHaveLength(1);
    }
    // And tokens of all of them were admitted, by the guard in the flood as well.
    const steady = admitted.filter((_, guard) => guard !== restarted).flat();
    expect(Math.min(...steady)).toBeGreaterThanOrEqual(ROTATIONS);
    const newest = signing(keys.filter(({ state }) => state === 'active'));
    const known = RINGS.flatMap((ring) => [...(witnesses[restarted]?.kidsOf(ring) ?? [])]);
    expect(known).toEqual(expect.arrayContaining(newest));
    // The load was a load, and no forgery was admitted.
    expect(Math.min(load.figures.issued, load.figures.refreshed)).toBeGreaterThan(ROTATIONS);
    expect(load.figures.shownLate).toBeGreaterThan(0);
    expect([...forgers.answers.keys()].filter((status) => status !== 401 && status !== 503)).toEqual([]);
    expect(forgers.answers.get(401)).toBeGreaterThan(0);
  });
});
