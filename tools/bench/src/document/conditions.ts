/** Owns what is said of the conditions of a run, and whether others had the machine meanwhile. Does not own their measuring (speed). */
import type { Conditions, Paced } from '../speed/result.js';
import { list } from './markdown.js';

/** So much of a processor in other hands is more than a system that is left alone takes. */
const LEFT_ALONE = 0.1;

/** @param paced what is judged by where the run tells no more: the rounds at half load */
export function conditions({ load, versions, memoryBytes, ...rest }: Conditions, paced: readonly Paced[]): string {
  const { date, node, processors, connections, rounds, secondsPerRound } = rest;
  return list([
    `${date.slice(0, 10)}, node ${node}, ${processors}, ${Math.round(memoryBytes / 2 ** 30)} GiB`,
    Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
    `load of the machine (one minute) ${load[0].toFixed(1)} before the run and ${load[1].toFixed(1)} after it, its own work included${saidOf(rest.others, paced)}`,
    `${connections} kept-alive connections, ${rounds} rounds of ${secondsPerRound} s in turn after a warm-up${paced.some(({ p99s }) => p99s !== undefined) ? ', twice as many at half load' : ''}; the load generator is a process of its own`,
  ]);
}

function saidOf(all: number | undefined, paced: readonly Paced[]): string {
  const found = paced.flatMap(({ disturbed }) => (disturbed === undefined ? [] : [disturbed.processors]));
  const others = all ?? (found.length === 0 ? undefined : Math.max(...found));
  if (others === undefined) return '';
  const when = all === undefined ? 'at most, at half load' : 'on average';
  const verdict =
    others > LEFT_ALONE ? '. **The machine had other work to do: nothing here is what a quiet one would show**' : '';
  return `; other programs had ${others.toFixed(2)} processors ${when}${verdict}`;
}
