/**
 * Owns the reading of everything that a thief of the database would have, and the search for secrets in it, however they are
 * written. Does not own which secrets there are.
 */
import { digestOf } from '@latchkey/protocol';
import type { Statements } from '../database.js';

/** Every column of every row of every table of the schema, whether the code knows of it or not. */
export const dumpOf = async (statements: Statements): Promise<string> => {
  const { rows: tables } = await statements.run<{ readonly name: string }>(
    `SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND c.relkind IN ('r', 'p', 'm', 'f')
     ORDER BY 1`,
  );
  let dump = '';
  for (const { name } of tables) {
    const { rows } = await statements.run<{ readonly row: string }>(
      `SELECT row_to_json(t)::text AS row FROM ${name} t`,
    );
    dump += `${name}\n${rows.map(({ row }) => row).join('\n')}\n`;
  }
  return dump;
};

export interface Secret {
  readonly name: string;
  /** Text as it is presented, or octets. */
  readonly value: string | Buffer;
}

const formsOf = (value: string | Buffer): readonly Buffer[] => {
  const octets = Buffer.from(value);
  const raw = typeof value === 'string' ? [octets, Buffer.from(value, 'base64url')] : [octets];
  return raw
    .filter(({ length }) => length >= 8)
    .flatMap((each) => [
      each,
      ...[each.toString('base64url'), each.toString('base64').replace(/=+$/, ''), each.toString('hex')].map((text) =>
        Buffer.from(text),
      ),
    ]);
};

const wordsOf = (dump: string): readonly string[] => [...new Set(dump.match(/[A-Za-z0-9+/_-]{8,}/g) ?? [])];

/** The names of those that stand in the dump: as they are, in hex or base64, alone or inside of something encoded so. */
export const secretsIn = (dump: string, secrets: readonly Secret[]): readonly string[] => {
  const haystack = Buffer.from(dump);
  const decoded = wordsOf(dump).flatMap((word) => [Buffer.from(word, 'base64'), Buffer.from(word, 'hex')]);
  const places = [haystack, Buffer.from(dump.toLowerCase()), ...decoded];
  const found = secrets.filter(({ value }) =>
    formsOf(value).some((form) => places.some((place) => place.includes(form))),
  );
  return [...new Set(found.map(({ name }) => name))];
};

/** Whatever in the dump is the original of a digest in it, of whatever kind: it would be as good as the secret. */
export const originalsIn = (dump: string): readonly string[] => {
  const digests = new Set(dump.match(/\b[0-9a-f]{64}\b/g) ?? []);
  return wordsOf(dump).filter((word) => digests.has(digestOf(word)));
};
