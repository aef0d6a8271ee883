/**
 * Owns the rule by which a refresh token that was rotated away is a retry, merely refused, or reuse (DESIGN "Refresh
 * token"), as arithmetic over what one row keeps. Does not own the row, the clock, nor what else a grant depends on.
 *
 * Time is cut into buckets of `tolerance` seconds. The row keeps the bucket of the newest rotation, the lowest generation
 * rotated away in it, and the lowest of the bucket just before. So whatever was rotated away in this bucket or in the one
 * before it is tolerated: never less than one bucket's width, never two.
 */

export interface Succession {
  /** The generation that is valid now. */
  readonly generation: number;
  /** Start of the bucket of the newest rotation, epoch seconds; null before the first. */
  readonly bucket: number | null;
  /** The lowest generation rotated away in that bucket. */
  readonly bucketLow: number | null;
  /** The lowest generation rotated away in the bucket just before; null when none was. */
  readonly previousBucketLow: number | null;
}

export type Standing =
  /** The valid one: to be rotated. */
  | 'current'
  /** The one before, rotated away a moment ago: gets the same successor. */
  | 'retried'
  /** An older one, rotated away a moment ago: refused, nothing is revoked. */
  | 'superseded'
  /** Rotated away long ago, or never given out: the grant is revoked. */
  | 'reused';

/** `now` is the start of the bucket of the present, by the same clock that wrote `bucket`. */
export const standingOf = (presented: number, row: Succession, now: number, tolerance: number): Standing => {
  if (presented === row.generation) return 'current';
  if (presented > row.generation) return 'reused';
  const low = lowestTolerated(row, now, tolerance);
  if (low === null || presented < low) return 'reused';
  return presented === row.generation - 1 ? 'retried' : 'superseded';
};

const lowestTolerated = (row: Succession, now: number, tolerance: number): number | null => {
  if (row.bucket === null) return null;
  // The same bucket (or a clock that went back): what the bucket before left behind is still tolerated.
  if (now <= row.bucket) return row.previousBucketLow ?? row.bucketLow;
  return now <= row.bucket + tolerance ? row.bucketLow : null;
};

/** What the row keeps after its valid generation was rotated away: the rule that rotationAssignments says in SQL. */
export const rotated = (row: Succession, now: number, tolerance: number): Succession => {
  const { generation, bucket, bucketLow, previousBucketLow } = row;
  if (bucket !== null && now <= bucket) {
    return { generation: generation + 1, bucket, bucketLow: bucketLow ?? generation, previousBucketLow };
  }
  return {
    generation: generation + 1,
    bucket: now,
    bucketLow: generation,
    previousBucketLow: bucket !== null && now <= bucket + tolerance ? bucketLow : null,
  };
};

/**
 * The same for one UPDATE of `auth.grants AS g`. All right-hand sides see the row as it was.
 * @param now SQL for the start of the present's bucket. @param tolerance SQL for the width of a bucket in seconds.
 */
export const rotationAssignments = (now: string, tolerance: string): string => `
  refresh_generation = g.refresh_generation + 1,
  rotation_bucket = greatest(g.rotation_bucket, ${now}),
  bucket_low = CASE WHEN ${now} <= g.rotation_bucket THEN coalesce(g.bucket_low, g.refresh_generation)
    ELSE g.refresh_generation END,
  previous_bucket_low = CASE WHEN ${now} <= g.rotation_bucket THEN g.previous_bucket_low
    WHEN ${now} <= g.rotation_bucket + ${tolerance} THEN g.bucket_low END`;

/** SQL for the start of the present's bucket, on PostgreSQL's clock. @param tolerance SQL, seconds, integer. */
export const bucketNow = (tolerance: string): string =>
  `(floor(extract(epoch FROM clock_timestamp()) / ${tolerance})::bigint * ${tolerance})`;
