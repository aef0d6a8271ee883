// Owns: where the workspace lies, and running its own programs. Does not own: what is checked.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program in the root of the workspace, or of a copy, without nx's background process and jest's node options. */
export function runInWorkspace(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  root = ROOT,
): Promise<Ran> {
  const { PATH, HOME, TMPDIR } = process.env;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { PATH, HOME, ...(TMPDIR === undefined ? {} : { TMPDIR }), NX_DAEMON: 'false', CI: 'true', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code, stdout, stderr });
    });
  });
}
