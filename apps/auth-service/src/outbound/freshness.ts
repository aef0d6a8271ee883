/** Owns how long an answer may be kept by what it says itself (RFC 9111). Does not own the bounds that are set to that. */
import type { IncomingHttpHeaders } from 'node:http';

/** Seconds. 0: not at all. Undefined: it does not say. `Expires` is not read: it needs two clocks that agree. */
export function freshnessOf({ 'cache-control': control, age }: IncomingHttpHeaders): number | undefined {
  if (control === undefined) return undefined;
  const directives = control
    .toLowerCase()
    .split(',')
    .map((directive) => directive.trim());
  // §5.2.2.4: no-cache "indicates that the response MUST NOT be used to satisfy any other request without forwarding it".
  if (directives.some((directive) => /^(?:no-store|no-cache)\b/.test(directive))) return 0;
  const seconds = directives.flatMap((directive) => /^max-age="?([0-9]{1,9})"?$/.exec(directive)?.[1] ?? [])[0];
  if (seconds === undefined) return undefined;
  return Math.max(0, Number(seconds) - (/^[0-9]{1,9}$/.test(age ?? '') ? Number(age) : 0));
}
