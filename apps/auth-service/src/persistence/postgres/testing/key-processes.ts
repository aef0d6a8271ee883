/** Owns several real processes that change the keys of one database at one instant. Does not own what each does (key-process). */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** `at`: when, by the clock of this machine, in epoch milliseconds. */
export type KeyOrder =
  | { readonly do: 'run' | 'rotate'; readonly at: number }
  | { readonly do: 'kill'; readonly kid: string; readonly times: number; readonly at: number };

export type KeyProcessAnswer = { readonly done: readonly string[] } | { readonly failed: string };

type Order = { readonly do: 'run' | 'rotate' } | { readonly do: 'kill'; readonly kid: string; readonly times: number };

export interface KeyProcesses {
  /** All obey at the same instant. What each answered. Rejects when one failed. */
  all(order: Order): Promise<readonly (readonly string[])[]>;
  close(): Promise<void>;
}

/** Later than the last of them has got the message. */
const AHEAD_MS = 150;

const ENTRY = fileURLToPath(new URL('./key-process.ts', import.meta.url));
const REGISTER = fileURLToPath(new URL('../../../../../../tools/register.mjs', import.meta.url));

const answerOf = async (child: ChildProcess): Promise<readonly string[]> => {
  const heard = new AbortController();
  const { signal } = heard;
  // Written by key-process, from the same types.
  const said = once(child, 'message', { signal }).then(([answer]) => answer as KeyProcessAnswer);
  const gone = once(child, 'exit', { signal }).then(([code]) => ({ failed: `It exited with ${String(code)}.` }));
  const answer = await Promise.race([said, gone]);
  heard.abort();
  if ('failed' in answer) throw new Error(answer.failed);
  return answer.done;
};

export const startKeyProcesses = async (
  count: number,
  url: string,
  keyEncryptionKey: Buffer,
): Promise<KeyProcesses> => {
  const children = Array.from({ length: count }, () =>
    fork(ENTRY, [url, keyEncryptionKey.toString('base64url')], {
      execArgv: ['--conditions=latchkey-source', '--import', REGISTER],
      env: { PATH: process.env['PATH'] },
    }),
  );
  const close = async (): Promise<void> => {
    await Promise.all(
      children.map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const exited = once(child, 'exit');
        if (child.connected) child.disconnect();
        else child.kill();
        await exited;
      }),
    );
  };
  try {
    await Promise.all(children.map(answerOf));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    all: async (order) => {
      const at = Date.now() + AHEAD_MS;
      const answers = Promise.allSettled(children.map(answerOf));
      for (const child of children) child.send({ ...order, at });
      return (await answers).map((answer) => {
        if (answer.status === 'rejected') throw answer.reason;
        return answer.value;
      });
    },
    close,
  };
};
