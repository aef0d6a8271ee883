// The specs run what the images run: the built services. Building again is a matter of nx's cache.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export default function build() {
  // nx puts what it has kept in the place of what is there, also where both are the same: under the feet of a service that starts.
  if (process.env.TESTBED_BUILT !== undefined) return;
  const root = fileURLToPath(new URL('../../../..', import.meta.url));
  const { NODE_OPTIONS: _, ...env } = process.env;
  execFileSync('npx', ['nx', 'run-many', '-t', 'build', '--output-style=stream'], {
    cwd: root,
    env: { ...env, NX_DAEMON: 'false' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}
