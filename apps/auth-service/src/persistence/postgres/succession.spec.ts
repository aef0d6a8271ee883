import fc from 'fast-check';
import { rotated, rotationAssignments, standingOf, type Succession } from './succession.js';
import { openTestDatabase, type OpenTestDatabase } from './testing/open-test-database.js';

const FRESH: Succession = { generation: 0, bucket: null, bucketLow: null, previousBucketLow: null };

const bucketOf = (instant: number, tolerance: number): number => Math.floor(instant / tolerance) * tolerance;

/** Rotations at these instants, oldest first: what the row keeps, and the instant at which each generation went. */
const after = (instants: readonly number[], tolerance: number): Succession =>
  instants.reduce((row, instant) => rotated(row, bucketOf(instant, tolerance), tolerance), FRESH);

const history = fc.record({
  tolerance: fc.integer({ min: 1, max: 20 }),
  instants: fc
    .array(fc.double({ min: 0, max: 12, noNaN: true }), { maxLength: 40 })
    .map((pauses) => pauses.reduce<number[]>((all, pause) => [...all, (all.at(-1) ?? 1000) + pause], [])),
  pause: fc.double({ min: 0, max: 50, noNaN: true }),
});

describe('DESIGN §4 refresh token: the tolerance, against a model that remembers every rotation', () => {
  it('tolerates what went less than one width ago, and nothing that went two widths ago', () => {
    fc.assert(
      fc.property(history, ({ tolerance, instants, pause }) => {
        const row = after(instants, tolerance);
        const now = (instants.at(-1) ?? 1000) + pause;
        instants.forEach((instant, generation) => {
          const standing = standingOf(generation, row, bucketOf(now, tolerance), tolerance);
          const age = now - instant;
          if (age < tolerance) expect(standing).not.toBe('reused');
          if (age >= 2 * tolerance) expect(standing).toBe('reused');
        });
      }),
    );
  });

  it('answers exactly what the model answers: this bucket and the one before', () => {
    fc.assert(
      fc.property(history, ({ tolerance, instants, pause }) => {
        const row = after(instants, tolerance);
        const present = bucketOf((instants.at(-1) ?? 1000) + pause, tolerance);
        expect(row.generation).toBe(instants.length);
        expect(standingOf(instants.length, row, present, tolerance)).toBe('current');
        expect(standingOf(instants.length + 1, row, present, tolerance)).toBe('reused');
        instants.forEach((instant, generation) => {
          const tolerated = bucketOf(instant, tolerance) >= present - tolerance;
          const expected = !tolerated ? 'reused' : generation === instants.length - 1 ? 'retried' : 'superseded';
          expect(standingOf(generation, row, present, tolerance)).toBe(expected);
        });
      }),
    );
  });

  it('catches a thief who rotates every 9 s: the owner, who refreshes later, presents what went long ago', () => {
    const thief = Array.from({ length: 10 }, (_, turn) => 1000 + turn * 9);
    const row = after(thief, 10);
    // The owner still holds generation 0, and comes back when their access token has expired.
    expect(standingOf(0, row, bucketOf(1090, 10), 10)).toBe('reused');
    expect(standingOf(0, row, bucketOf(1300, 10), 10)).toBe('reused');
  });

  it('does not tolerate for longer when the width was changed by a new configuration', () => {
    const row = rotated(FRESH, bucketOf(1000, 10), 10);
    expect(standingOf(0, row, bucketOf(1060, 20), 20)).toBe('reused');
    expect(standingOf(0, row, bucketOf(1060, 5), 5)).toBe('reused');
  });

  it('does not call a retry reuse when the clock goes back', () => {
    const row = after([1000, 1012], 10);
    expect(standingOf(1, row, bucketOf(995, 10), 10)).toBe('retried');
    expect(standingOf(0, row, bucketOf(995, 10), 10)).toBe('superseded');
  });
});

describe('DESIGN §4 refresh token: the UPDATE', () => {
  let test: OpenTestDatabase;
  beforeAll(async () => {
    test = await openTestDatabase(2);
  });
  afterAll(() => test.close());

  it('keeps what the rule keeps, for any row and any clock', async () => {
    const small = fc.integer({ min: 0, max: 60 });
    const maybe = fc.option(small);
    await fc.assert(
      fc.asyncProperty(small, maybe, maybe, maybe, small, fc.integer({ min: 1, max: 20 }), async (...drawn) => {
        const [generation, bucket, bucketLow, previousBucketLow, now, tolerance] = drawn;
        const { rows } = await test.database.transaction(async (statements) => {
          await statements.run(
            `CREATE TEMPORARY TABLE g_one ON COMMIT DROP AS SELECT $1::integer AS refresh_generation,
               $2::bigint AS rotation_bucket, $3::integer AS bucket_low, $4::integer AS previous_bucket_low`,
            [generation, bucket, bucketLow, previousBucketLow],
          );
          return statements.run<Succession>(
            `UPDATE g_one AS g SET ${rotationAssignments('$1::bigint', '$2::integer')}
             RETURNING refresh_generation AS generation, rotation_bucket::float8 AS bucket, bucket_low AS "bucketLow",
               previous_bucket_low AS "previousBucketLow"`,
            [now, tolerance],
          );
        });
        expect(rows[0]).toEqual(rotated({ generation, bucket, bucketLow, previousBucketLow }, now, tolerance));
      }),
      { numRuns: 200, interruptAfterTimeLimit: 200_000, markInterruptAsFailure: true },
    );
  });
});
