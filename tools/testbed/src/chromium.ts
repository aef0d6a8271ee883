// Owns: where a real Chromium lies and with which flags it runs in tests. Does not own: driving it.
import { installWithApt } from './apt.js';
import { onPath } from './redis-binary.js';

const REMEDY =
  'The tests need a real Chromium: install "chromium" (for example "apt-get install chromium"), or set CHROMIUM_PATH to the program';
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** CHROMIUM_PATH, else the one on PATH, else Debian's package when we are root. Throws an Error that says what to install. */
export async function findChromium(): Promise<string> {
  const named = process.env['CHROMIUM_PATH'];
  if (named !== undefined && named !== '') return named;
  const present = onPath(NAMES);
  if (present !== undefined) return present;
  await installWithApt('chromium', REMEDY);
  const installed = onPath(NAMES);
  if (installed === undefined) throw new Error(`${REMEDY}.`);
  return installed;
}

/** Headless and silent: no call home, no first-run pages. Chromium's sandbox is given up only where it cannot be had: as root. */
export function chromiumArguments(): string[] {
  return [
    '--headless',
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ];
}
