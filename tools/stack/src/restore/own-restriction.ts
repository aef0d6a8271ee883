// Owns: that a dump brings no restriction of psql of its own: it is read under ours, which allows no other. Does not own: ours.

/** pg_dump writes it before the first statement, and its end behind the last (since 15.14, 16.10 and 17.6). */
const RESTRICT = /^\\restrict ([0-9A-Za-z]+)$/;

/** Byte by byte the same otherwise. Not checked: what else is in it. */
export async function* withoutOwnRestriction(text: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let end: string | undefined;
  let isHead = true;
  const isKept = (line: string): boolean => {
    if (!isHead) return line !== end;
    if (line === '' || line.startsWith('--')) return true;
    // Only here, and only once: a line of data may look the same.
    isHead = false;
    const [, key] = RESTRICT.exec(line) ?? [];
    if (key !== undefined) end = `\\unrestrict ${key}`;
    return key === undefined;
  };
  let rest = '';
  for await (const chunk of text) {
    const lines = (rest + chunk.toString('latin1')).split('\n');
    rest = lines.pop() ?? '';
    const kept = lines.filter(isKept).map((line) => `${line}\n`);
    if (kept.length > 0) yield Buffer.from(kept.join(''), 'latin1');
  }
  if (rest !== '') yield Buffer.from(rest, 'latin1');
}
