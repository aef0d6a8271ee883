/** Owns the finding of people by the name that they type. Does not own passwords nor sessions. */
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
}

const personFrom = ({ sub, username, passwordHash, enabled, generation }: UserRow): Person => ({
  sub,
  username,
  passwordHash,
  enabled,
  generation,
});
