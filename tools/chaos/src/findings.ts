// Owns: which of the things seen contradict V18 and V19, in words. Pure. Does not own: seeing them.
import type { Violation } from './judge.js';
import type { LoadFigures } from './load.js';

export interface Seen {
  readonly figures: Pick<LoadFigures, 'goodRefused'> & {
    readonly answers: Pick<LoadFigures['answers'], 'admitted'>;
  };
  readonly tooLate: readonly Violation[];
  readonly asked: number;
  readonly known: number;
  readonly controlsNotServed: number;
  /** Times that guards which were not hit fenced. */
  readonly othersFenced: number;
  readonly recoveryMs: number | undefined;
  readonly unexpected: readonly string[];
}

export function faultsFound(seen: Seen): string[] {
  const findings: string[] = [];
  for (const { guard, token, lateMs } of seen.tooLate.slice(0, 5)) {
    findings.push(`${guard} admitted ${jtiOf(token)} ${lateMs.toFixed(0)} ms too late`);
  }
  if (seen.tooLate.length > 5) findings.push(`and ${seen.tooLate.length - 5} more admitted too late`);
  if (seen.known < seen.asked)
    findings.push(`${seen.asked - seen.known} acknowledged revocations are not known by every guard`);
  // Refusing everything would pass what stands above.
  if (seen.figures.answers.admitted === 0) findings.push('nothing was admitted at all');
  if (seen.figures.goodRefused > 0) findings.push(`${seen.figures.goodRefused} good tokens were refused with 401`);
  if (seen.controlsNotServed > 0) findings.push(`${seen.controlsNotServed} good tokens are not served by every guard`);
  if (seen.othersFenced > 0) findings.push(`guards that were not hit fenced ${seen.othersFenced} times`);
  if (seen.recoveryMs === undefined) findings.push('it did not recover');
  if (seen.unexpected.length > 0) findings.push(`unexpected: ${[...new Set(seen.unexpected)].join(', ')}`);
  return findings;
}

/** A token itself is never printed. */
function jtiOf(token: string): string {
  const [, payload = ''] = token.split('.');
  try {
    const { jti } = Object(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))) as Record<string, unknown>;
    return typeof jti === 'string' ? `jti ${jti}` : 'a token';
  } catch {
    return 'a token';
  }
}
