/** Owns whether a client takes JSON for an answer (RFC 9110 §12.5.1). Does not own what it is told when it does not. */

/** How closely a media range names application/json; undefined when it does not. */
const CLOSENESS: ReadonlyMap<string, number> = new Map([
  ['*/*', 0],
  ['application/*', 1],
  ['application/json', 2],
]);

/**
 * RFC 9110 §12.5.1: "Media ranges can be overridden by more specific media ranges"; a weight of 0 means "not acceptable";
 * a request without Accept "implies that the user agent will accept any media type". A parameter narrows a range to
 * something that we do not serve, except charset=utf-8.
 */
export function acceptsJson(accept: string | undefined): boolean {
  if (accept === undefined || accept.trim() === '') return true;
  let best = { closeness: -1, weight: 0 };
  for (const range of accept.split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const closeness = CLOSENESS.get(type);
    if (closeness === undefined || !parameters.every(isHarmless)) continue;
    const weight = Number(parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? 1);
    if (closeness > best.closeness) best = { closeness, weight };
  }
  return best.weight > 0;
}

const isHarmless = (parameter: string): boolean => /^q=[01](\.[0-9]{0,3})?$|^charset="?utf-8"?$|^$/.test(parameter);
