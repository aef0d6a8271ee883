/** Owns what a .cpuprofile says: in which functions the time went by itself. Pure. Does not own how it was taken. */

interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  /** From 0. */
  readonly lineNumber: number;
}

/** As node writes it with --cpu-prof: the Profile of the DevTools protocol. */
export interface CpuProfile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: CallFrame }[];
  /** The node of each sample. */
  readonly samples: readonly number[];
  /** Microseconds since the sample before. */
  readonly timeDeltas: readonly number[];
}

export interface SelfTime {
  readonly what: string;
  readonly milliseconds: number;
  /** Of the time in which anything was done at all. */
  readonly share: number;
}

/** What V8 calls the time in which nothing was done. */
const IDLE = '(idle)';

/** The functions in which most time went by, those that they called left out, the most first; a function is its place in a file. */
export function selfTimes({ nodes, samples, timeDeltas }: CpuProfile, most = 15): readonly SelfTime[] {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const micros = new Map<string, number>();
  let all = 0;
  for (const [index, id] of samples.entries()) {
    const [name = '(unknown)', took] = [names.get(id), timeDeltas[index] ?? 0];
    if (name === IDLE) continue;
    all += took;
    micros.set(name, (micros.get(name) ?? 0) + took);
  }
  return [...micros]
    .sort(([, one], [, other]) => other - one)
    .slice(0, most)
    .map(([what, took]) => ({ what, milliseconds: took / 1000, share: took / all }));
}

function nameOf({ functionName, url, lineNumber }: CallFrame): string {
  const name = functionName === '' ? '(anonymous)' : functionName;
  return url === '' ? name : `${name} ${placeOf(url)}:${lineNumber + 1}`;
}

/** From the package on: where it is installed says nothing. */
const placeOf = (url: string): string => {
  const path = url.replace(/^file:\/\//, '');
  const installed = path.split('/node_modules/').at(-1) ?? path;
  if (installed !== path) return installed;
  return /(?:apps|libs|tools)\/.*$/.exec(path)?.[0] ?? path;
};

/** As it stands in the document: a line for each. */
export const selfTimeTable = (times: readonly SelfTime[]): string =>
  [
    '| self time | function |',
    '| --- | --- |',
    ...times.map(({ what, share }) => `| ${(share * 100).toFixed(1)} % | \`${what}\` |`),
  ].join('\n');
