/**
 * Owns one run of the storm (RFC 9700 §4.14.2): many clients on two auth-services with fsync, in what order they go through
 * what, and the counts of what may never happen. Does not own what is printed, nor the exit code (main).
 */
import { setTimeout as pause } from 'node:timers/promises';
import { Endings, Fleet, type Progress, type Step } from '@latchkey/stack';
import { atMost, exactly, type Figure } from '../measurement.js';
import { percentiles } from '../percentiles.js';
import { invite } from './guests.js';
import { Party, type Theft } from './party.js';
import { Refreshing } from './refreshing.js';

export interface Storm {
  readonly clients: number;
  /** Of one token, all at once. */
  readonly uses: number;
  /** How many clients storm at once: so many times `uses` requests are under way. */
  readonly atOnce: number;
  /** `pretend` moves the rows back by so much instead of waiting, for a spec. */
  readonly time: 'wait' | 'pretend';
}

export interface Weather {
  readonly figures: readonly Figure[];
  /** Of whatever was broken, in words. */
  readonly faults: readonly string[];
}

const AUTHS = 2;
/** REFRESH_TOLERANCE_SECONDS as it is set by default; beyond twice that nothing is a retry. */
const TOLERANCE_SECONDS = 10;
const BEYOND_SECONDS = 2 * TOLERANCE_SECONDS + 1;
/** Whose answer is lost may still be served, for as long as a row is waited for (3 s). Time that is pretended must not overtake it. */
const SERVED_BY_THEN_MS = 6000;
/** Of four clients one is robbed in each way, and two in none. */
const THEFTS: readonly Theft[] = ['old', 'none', 'newest', 'none'];

export async function run({ clients, uses, atOnce, time }: Storm, progress: Progress): Promise<Weather> {
  const endings = new Endings();
  try {
    progress.tell(`starting ${AUTHS} auth-services`);
    const size = { auths: AUTHS, guards: 0, durable: true } as const;
    const fleet = endings.keep(await Fleet.start(size, { LOG_LEVEL: 'warn' }));
    const refreshing = new Refreshing(fleet, atOnce * uses);
    endings.add(() => {
      refreshing.end();
    });
    const guests = await invite(fleet, clients, progress);
    const parties = guests.map(
      ({ client, refreshToken }, n) => new Party(client, THEFTS[n % THEFTS.length] ?? 'none', refreshToken, refreshing),
    );
    const by = (theft: Theft): readonly Party[] => parties.filter((party) => party.theft === theft);
    const each = (what: string, of: readonly Party[], act: (party: Party) => Promise<void>): Promise<void> =>
      inTurn(of, atOnce, progress.of(what, of.length), act);
    const later = async (): Promise<void> => {
      progress.tell(`nobody does anything for ${BEYOND_SECONDS} s`);
      await pause(time === 'wait' ? BEYOND_SECONDS * 1000 : SERVED_BY_THEN_MS);
      if (time === 'pretend')
        await fleet.query('UPDATE auth.grants SET rotation_bucket = rotation_bucket - $1::bigint', [BEYOND_SECONDS]);
    };

    const began = performance.now();
    await each('storms of one token', parties, (party) => party.storm(uses));
    const stormSeconds = (performance.now() - began) / 1000;
    await each('no answer arrives', parties, (party) => party.losesAnswers(uses));
    await later();
    await each('old tokens come back', by('old'), (party) => party.isRobbedOfAnOldToken(uses));
    await each('newest tokens are stolen', by('newest'), (party) => party.isRobbedOfTheNewest());
    await later();
    await each('their owners come', by('newest'), (party) => party.findsOut());
    await each('everybody else goes on', by('none'), (party) => party.goesOn());

    const kept = await countedIn(fleet);
    const count = (is: (party: Party) => boolean): number => parties.filter(is).length;
    const robbed = count(({ theft }) => theft !== 'none');
    const never = (what: string, value: number, unit: Figure['unit'] = 'clients'): Figure => ({
      ...{ what, value, unit, goal: exactly(0) },
    });
    const figures: readonly Figure[] = [
      never(
        'good users logged out',
        count(({ loggedOut }) => loggedOut),
      ),
      never('reuses unnoticed', count(({ unnoticed }) => unnoticed) + Math.abs(robbed - kept.reuses)),
      never('grants revoked without a theft', Math.max(0, kept.revoked - robbed)),
      never(
        'answers without the one successor',
        count(({ astray }) => astray),
      ),
      never(
        'lines of succession other than the one',
        count(({ client, successions }) => kept.generations.get(client.client_id) !== successions),
      ),
      never('answers of 5xx, and connections that broke', refreshing.faults.broken, 'calls'),
      { what: 'clients robbed and noticed', value: robbed, unit: 'clients' },
      { what: `uses of one token, ${atOnce} × ${uses} at once`, value: (clients * uses) / stormSeconds, unit: '/s' },
      ...percentiles(
        `one client's storm of ${uses}`,
        parties.map(({ stormMs }) => stormMs),
        // Beyond it a use that comes late is no retry any more: then this machine is too slow for so many at once.
        time === 'wait' ? { max: atMost(TOLERANCE_SECONDS * 1000) } : {},
      ),
      ...percentiles('one answer of /token', refreshing.took),
    ];
    return { figures, faults: refreshing.faults.words };
  } finally {
    await endings.run();
  }
}

/** So many at once; each begins with the next as soon as it has come through. */
async function inTurn(
  parties: readonly Party[],
  atOnce: number,
  step: Step,
  act: (party: Party) => Promise<void>,
): Promise<void> {
  const rest = parties.values();
  let done = 0;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const party of rest) {
        await act(party);
        done += 1;
        step(done);
      }
    }),
  );
}

interface Kept {
  /** By client: each has one grant. */
  readonly generations: ReadonlyMap<string, number>;
  readonly revoked: number;
  readonly reuses: number;
}

async function countedIn(fleet: Fleet): Promise<Kept> {
  const grants = await fleet.query('SELECT client_id, refresh_generation, revoked_at FROM auth.grants', []);
  const [row] = await fleet.query(
    `SELECT count(*)::integer AS reuses FROM auth.revocations WHERE kind = 'grant' AND cause = 'refresh_token_reused'`,
    [],
  );
  return {
    generations: new Map(grants.map((grant) => [String(grant['client_id']), Number(grant['refresh_generation'])])),
    revoked: grants.filter((grant) => grant['revoked_at'] !== null).length,
    reuses: Number(row?.['reuses']),
  };
}
