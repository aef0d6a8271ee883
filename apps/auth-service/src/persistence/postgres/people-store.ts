/**
 * Owns the finding of people by the name that they type, and the replacing of a hash by another of the same password.
 * Does not own passwords nor sessions.
 */
import { createHash } from 'node:crypto';
import { IsNull } from 'typeorm';
import type { PeopleStore, Person } from '../../interaction/people.js';
import { normalizedUsername } from '../../interaction/username.js';
import type { Database } from './database.js';
import { UserTable, type UserRow } from './entities/people.js';
import { isUuid } from './uuid.js';

export class PostgresPeopleStore implements PeopleStore {
  constructor(private readonly database: Database) {}

  /** @throws Unavailable */
  async findByUsername(username: string): Promise<Person | undefined> {
    // PostgreSQL's text cannot hold U+0000; nobody has such a name.
    if (username.includes('\u0000')) return undefined;
    const row = await this.database.read(UserTable, (users) =>
      users.findOneBy({ normalizedUsername: normalizedUsername(username), deletedAt: IsNull() }),
    );
    return row === null ? undefined : personFrom(row);
  }

  /** @throws Unavailable */
  async find(sub: string): Promise<Person | undefined> {
    if (!isUuid(sub)) return undefined;
    const row = await this.database.read(UserTable, (users) => users.findOneBy({ sub, deletedAt: IsNull() }));
    return row === null ? undefined : personFrom(row);
  }

  /** @throws Unavailable */
  async decoyHash(username: string): Promise<string | undefined> {
    const { rows } = await this.database.run<{ readonly password_hash: string }>(
      // Over the end it begins again.
      `(SELECT password_hash, false AS first FROM auth.users WHERE sub >= $1 AND password_hash IS NOT NULL ORDER BY sub LIMIT 1)
       UNION ALL (SELECT password_hash, true FROM auth.users WHERE password_hash IS NOT NULL ORDER BY sub LIMIT 1) ORDER BY first LIMIT 1`,
      [placeOf(username)],
    );
    return rows[0]?.password_hash;
  }

  /** @throws Unavailable */
  async rehash(sub: string, from: string, to: string): Promise<'rehashed' | 'changed'> {
    const { affected } = await this.database.run(
      'UPDATE auth.users SET password_hash = $3 WHERE sub = $1 AND password_hash = $2',
      [sub, from, to],
    );
    return affected === 1 ? 'rehashed' : 'changed';
  }
}

/** Somewhere among the UUIDs, which are random: who is next there is anybody. */
const placeOf = (username: string): string =>
  createHash('sha256')
    .update(normalizedUsername(username), 'utf8')
    .digest('hex')
    .slice(0, 32)
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

const personFrom = ({ sub, username, passwordHash, passwordVersion, enabled, generation }: UserRow): Person => {
  if (username === null || passwordHash === null) throw new Error('A person who was not deleted has no name.');
  return { sub, username, passwordHash, passwordVersion, enabled, generation };
};
