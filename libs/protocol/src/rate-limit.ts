/**
 * Owns how a limit is told in the fields of draft-ietf-httpapi-ratelimit-headers-11 and in Retry-After (RFC 9110 §10.2.3).
 * Does not own what is limited, nor who counts.
 */

export interface RateLimit {
  /** Which limit, in letters and hyphens. It names nobody. */
  readonly policy: string;
  /** So many within the window. */
  readonly quota: number;
  readonly windowSeconds: number;
  readonly remaining: number;
  /** Until the window ends. */
  readonly resetSeconds: number;
}

/** The draft, §3: a "non-empty List of Quota Policy Items", `q` and `w`; §4: "Service Limit Items", `r` and `t`. */
export const rateLimitFields = (limit: RateLimit): Readonly<Record<string, string>> => ({
  'ratelimit-policy': `"${limit.policy}";q=${limit.quota};w=${limit.windowSeconds}`,
  ratelimit: `"${limit.policy}";r=${limit.remaining};t=${limit.resetSeconds}`,
});

/** RFC 6585 §4: a 429 "MAY include a Retry-After header indicating how long to wait before making a new request". */
export const limitedFields = (limit: RateLimit): Readonly<Record<string, string>> => ({
  ...rateLimitFields(limit),
  'retry-after': String(Math.max(1, limit.resetSeconds)),
});
