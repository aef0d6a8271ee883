// Owns: what a dump is, and reading it as a script of SQL. Does not own: what the script does.
import { spawn } from 'node:child_process';
import { closeSync, createReadStream, existsSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

/** An archive is what pg_restore reads: custom, tar or directory. */
export type DumpForm = 'archive' | 'plain';

export interface DumpScript {
  readonly text: Readable;
  /** Resolves when all of the text was given; rejects with a sentence when it is not the whole dump. */
  readonly whole: Promise<void>;
}

/** pg_dump writes this line when it has written everything. */
const LAST_WORDS = '-- PostgreSQL database dump complete';
const CUSTOM = 'PGDMP';
/** The first file of a tar archive, and what a directory is known by. */
const TABLE_OF_CONTENTS = 'toc.dat';

/** @throws Error with a sentence for the person at the terminal */
export function formOf(path: string): DumpForm {
  if (!existsSync(path)) throw new Error(`There is no file ${path}.`);
  if (statSync(path).isDirectory()) {
    if (existsSync(join(path, TABLE_OF_CONTENTS))) return 'archive';
    throw new Error(`${path} is no dump: there is no ${TABLE_OF_CONTENTS} in this directory.`);
  }
  const { head, tail } = endsOf(path);
  if (head.startsWith(CUSTOM) || head.startsWith(`${TABLE_OF_CONTENTS}\0`)) return 'archive';
  if (!head.includes('-- PostgreSQL database dump')) {
    throw new Error(`${path} is no dump: in none of the formats of pg_dump.`);
  }
  if (!tail.includes(LAST_WORDS)) throw new Error(`${path} is cut off: pg_dump did not come to its end.`);
  return 'plain';
}

export function scriptOf(path: string, form: DumpForm, env: NodeJS.ProcessEnv): DumpScript {
  return form === 'plain' ? plain(path) : archive(path, env);
}

function plain(path: string): DumpScript {
  const text = createReadStream(path);
  const whole = new Promise<void>((resolve, reject) => {
    text.once('end', resolve).once('error', reject);
  });
  return { text, whole };
}

/** Owners and privileges are those of the target: who migrates owns, and the migration lets the serving role in. */
function archive(path: string, { PATH }: NodeJS.ProcessEnv): DumpScript {
  const child = spawn('pg_restore', ['--no-owner', '--no-privileges', '--exit-on-error', '--file=-', path], {
    env: { PATH },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
  const whole = new Promise<void>((resolve, reject) => {
    child.once('error', reject).once('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`pg_restore cannot read ${path}: ${complaint.trim()}`));
    });
  });
  return { text: child.stdout, whole };
}

function endsOf(path: string): { readonly head: string; readonly tail: string } {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const part = (from: number): string => {
      const octets = Buffer.alloc(512);
      return octets.toString('latin1', 0, readSync(file, octets, 0, octets.length, from));
    };
    return { head: part(0), tail: part(Math.max(0, size - 512)) };
  } finally {
    closeSync(file);
  }
}
