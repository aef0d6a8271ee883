/**
 * Owns the form of a lease on a wire of texts (revocation.md V9): one JSON object, one member per meaning.
 * Does not own its key (stream) nor when it is written (membership).
 */
import type { LeaseReport } from './lease.js';
import { isPosition } from './position.js';

export const encodeLease = (report: LeaseReport): string =>
  JSON.stringify({
    guard_id: report.guardId,
    registration: report.registration,
    service: report.service,
    on_stale: report.onStale,
    lease_ms: report.leaseMs,
    epoch: report.epoch ?? null,
    position: report.position,
    age_ms: report.ageMs ?? null,
    fenced: report.fenced,
    entries: report.entries,
    ended: report.ended,
  });

const isUuid = (value: unknown): value is string =>
  typeof value === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value);

const isWhole = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

const MAX_SERVICE_LENGTH = 200;
/** The widest staleness that a guard may be given. */
const MAX_LEASE_MS = 60 * 60 * 1000;

/** Undefined for whatever is not a lease of this version: such a guard is never acknowledged, so it never admits. */
export const decodeLease = (text: string): LeaseReport | undefined => {
  const fields = fieldsOf(text);
  const { guard_id: guardId, registration, service, on_stale: onStale, lease_ms: leaseMs, position } = fields;
  const { epoch, age_ms: ageMs, entries, fenced, ended } = fields;
  if (!isUuid(guardId) || !isUuid(registration)) return undefined;
  if (typeof service !== 'string' || service.length > MAX_SERVICE_LENGTH || service.includes('\u0000'))
    return undefined;
  if (onStale !== 'refuse' && onStale !== 'allow') return undefined;
  if (!isWhole(leaseMs) || leaseMs === 0 || leaseMs > MAX_LEASE_MS) return undefined;
  if (typeof position !== 'string' || !isPosition(position)) return undefined;
  if (epoch !== null && !isWhole(epoch)) return undefined;
  return {
    ...{ guardId, registration, service, onStale, leaseMs, position },
    epoch: epoch ?? undefined,
    ageMs: isWhole(ageMs) ? ageMs : undefined,
    entries: isWhole(entries) ? entries : 0,
    fenced: fenced === true,
    ended: ended === true,
  };
};

function fieldsOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? Object.fromEntries(Object.entries(parsed)) : {};
  } catch {
    return {};
  }
}
