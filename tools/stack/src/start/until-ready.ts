// Owns: the waiting until the API says that it is ready, and what is said of that meanwhile. Does not own: what makes it ready.
import { setTimeout as sleep } from 'node:timers/promises';

/** Ends what never becomes ready; a slow machine takes a while. */
const READY_WITHIN_MS = 120_000;
/** So long nobody is told what is waited for. */
const SILENT_MS = 5000;
const LOOK_MS = 20;
/** Once it is known that it takes long. */
const LOOK_AGAIN_MS = 200;

export interface Waiting {
  /** Ends the waiting: everything is closed, and the start rejects with its reason. */
  readonly signal?: AbortSignal;
  /** Is told once what is waited for, when that takes long. */
  readonly tell?: (sentence: string) => void;
}

/** Where both listen on this machine, without a path. */
export interface Listening {
  readonly api: string;
  readonly admin: string;
}

/** @throws Error when it is not ready in time, with what is missing; the reason of the signal once that is aborted */
export async function untilReady(at: Listening, { signal, tell }: Waiting): Promise<void> {
  const began = performance.now();
  let told = false;
  for (;;) {
    signal?.throwIfAborted();
    const { ok, body } = await ask(at.api);
    if (ok) return;
    const waited = performance.now() - began;
    if (waited > READY_WITHIN_MS) throw new Error(`not ready: ${await whatIsMissing(body, at)}`);
    if (waited > SILENT_MS && !told) {
      told = true;
      tell?.(`Not ready yet: ${await whatIsMissing(body, at)}. Waiting; Ctrl-C ends it.`);
    }
    await sleep(told ? LOOK_AGAIN_MS : LOOK_MS);
  }
}

type Body = Readonly<Record<string, unknown>>;

/** By what both say of themselves; Redis is the one thing that is not ours to start. */
async function whatIsMissing({ missing }: Body, { admin }: Listening): Promise<string> {
  // Only to say more: where it cannot be asked, the start goes on.
  const { body } = await ask(admin).catch((): { readonly body: Body } => ({ body: {} }));
  return [
    ...(body['redis'] === false ? ['Redis does not answer at REDIS_URL'] : []),
    `the API still waits for: ${Array.isArray(missing) ? missing.join(', ') : 'something'}`,
  ].join('; ');
}

async function ask(url: string): Promise<{ readonly ok: boolean; readonly body: Body }> {
  const response = await fetch(`${url}/readyz`);
  return { ok: response.ok, body: Object(await response.json()) as Body };
}
