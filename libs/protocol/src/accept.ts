/** Owns how much a caller wants a media type for an answer (RFC 9110 §12.5.1). Does not own which one it is given. */

/**
 * From 0, "not acceptable", to 1. "Media ranges can be overridden by more specific media ranges"; without the header "the user
 * agent will accept any media type". A parameter narrows a range to something that is not served here, except charset=utf-8.
 * @param header several header lines joined by commas
 * @param mediaType in lower case, without parameters
 */
export function weightOf(header: string | undefined, mediaType: string): number {
  if (header === undefined || header.trim() === '') return 1;
  const names = ['*/*', `${mediaType.slice(0, mediaType.indexOf('/'))}/*`, mediaType];
  let best = { closeness: -1, weight: 0 };
  for (const range of header.split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const closeness = names.indexOf(type);
    if (closeness <= best.closeness || !parameters.every(isHarmless)) continue;
    best = { closeness, weight: Number(parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? 1) };
  }
  return best.weight;
}

const isHarmless = (parameter: string): boolean =>
  /^q=(0(\.[0-9]{0,3})?|1(\.0{0,3})?)$|^charset="?utf-8"?$|^$/.test(parameter);
