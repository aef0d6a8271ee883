/**
 * Owns the number from which a database goes on counting what another one of the same issuer may have counted before it: a new one that is given
 * the Redis of one that was thrown away (ADR 22), and one that was read back from a dump (admin-api.md A12). Does not own what is counted.
 *
 * No clock decides which of two stamps is the later one (revocation.md V1): it only draws where the counting begins.
 */

/** More than one a second since then was never counted; as an integer it lasts until 2094. For SQL. */
export const BY_THE_CLOCK = `floor(extract(epoch FROM clock_timestamp() - timestamptz '2026-01-01 00:00:00Z'))`;
