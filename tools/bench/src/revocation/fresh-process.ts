/** Owns the taking of a measurement in a process of its own: cold code, an empty heap, nothing left from the one before. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { Figure, Measurement } from '../measurement.js';

const ENTRY = new URL('./main.ts', import.meta.url);

export async function inFreshProcess({ name }: Measurement): Promise<readonly Figure[]> {
  const child = fork(ENTRY, [name]);
  const found: Figure[] = [];
  // Written by answer() below, from the same source.
  child.on('message', (figures) => found.push(...(figures as Figure[])));
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0 || found.length === 0) throw new Error(`The measurement of ${name} failed.`);
  return found;
}

/** In that process: takes it and sends what it found. */
export async function answer(measurement: Measurement | undefined): Promise<void> {
  if (measurement === undefined) throw new Error('There is no such measurement.');
  const figures = await measurement.run();
  process.send?.(figures, () => {
    process.disconnect();
  });
}
