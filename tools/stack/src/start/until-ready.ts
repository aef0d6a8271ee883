// Owns: the waiting until the API says that it is ready, and what is said of that meanwhile. Does not own: what makes it ready.
import { setTimeout as sleep } from 'node:timers/promises';
import type { StackOptions } from './stack.js';

/** Ends what never becomes ready; a slow machine takes a while. */
const READY_WITHIN_MS = 120_000;
/** So long nobody is told what is waited for. */
const SILENT_MS = 5000;

export interface ReadyUrls {
  readonly apiUrl: string;
  readonly adminUrl: string;
}

/** @throws Error when it is not ready in time, with what is missing; the reason of the signal once that is aborted */
export async function untilReady(
  urls: ReadyUrls,
  { signal, tell }: Pick<StackOptions, 'signal' | 'tell'>,
): Promise<void> {
  const began = performance.now();
  let told = false;
  for (;;) {
    const { ok, body } = await ask(urls.apiUrl, signal);
    if (ok) return;
    const waited = performance.now() - began;
    if (waited > READY_WITHIN_MS) throw new Error(`not ready: ${await whatIsMissing(body, urls, signal)}`);
    if (waited > SILENT_MS && !told) {
      told = true;
      tell(`Not ready yet: ${await whatIsMissing(body, urls, signal)}. Waiting; Ctrl-C ends it.`);
    }
    await sleep(20);
    signal.throwIfAborted();
  }
}

/** By what both say of themselves; Redis is the one thing that is not ours to start. */
async function whatIsMissing(
  ofApi: Readonly<Record<string, unknown>>,
  urls: ReadyUrls,
  signal: AbortSignal,
): Promise<string> {
  const { missing } = ofApi;
  const { body } = await ask(urls.adminUrl, signal);
  return [
    ...(body['redis'] === false ? ['Redis does not answer at REDIS_URL'] : []),
    `the API still waits for: ${Array.isArray(missing) ? missing.join(', ') : 'something'}`,
  ].join('; ');
}

async function ask(
  url: string,
  signal: AbortSignal,
): Promise<{ readonly ok: boolean; readonly body: Readonly<Record<string, unknown>> }> {
  const response = await fetch(`${url}/readyz`, { signal });
  return { ok: response.ok, body: Object(await response.json()) as Readonly<Record<string, unknown>> };
}
