/**
 * Owns what a seed makes of people: whoever is not there is created, of the others the claims that the file names are made so.
 * A password counts for the creation alone: it never takes the place of a later one.
 */
import { randomUUID } from 'node:crypto';
import type { NewPerson } from '../admin/users/user-ports.js';
import { patched } from '../admin/users/user-patch.js';
import { inOrder } from '../admin/users/user-resource.js';
import { newUserFaults } from '../admin/users/user-rules.js';
import { diffOf } from '../admin/http/diff.js';
import { membersOf } from '../admin/users/user-audit.js';
import { type Entry, under } from './seed-document.js';
import type { SeedTransaction } from './seed-ports.js';
import { seeded, type Seeding } from './seeding.js';
import type { SeedUser } from './seed-schema.js';

/** @param hashes of the passwords, by the names of the file; one that is missing is noted as needed */
export async function seedUsers(
  transaction: SeedTransaction,
  entries: readonly Entry<SeedUser>[],
  { hashes, seeding }: { readonly hashes: ReadonlyMap<string, string>; readonly seeding: Seeding },
): Promise<void> {
  for (const { pointer, surviving, value } of entries) {
    const faults = newUserFaults(surviving);
    seeding.note(faults.map((fault) => under(pointer, fault)));
    if (value === undefined || faults.length > 0) continue;
    const { password, password_hash: given, ...members } = value;
    const standing = await transaction.person(members.username);
    if (standing === undefined) {
      const { username, ...claims } = members;
      const passwordHash = given ?? hashes.get(username);
      if (passwordHash === undefined && password !== undefined) seeding.needs({ password: [username, password] });
      const person: NewPerson = {
        sub: randomUUID(),
        username,
        passwordHash: passwordHash ?? '',
        claims: inOrder(claims),
      };
      const detail = { members: ['username', ...Object.keys(claims)] };
      await transaction.createPerson(person, {
        ...seeded('user.created', person.sub, detail),
        personal: { ...members },
      });
      seeding.did('created');
      continue;
    }
    const wanted = patched(standing, members);
    if (!wanted.ok) {
      seeding.note(wanted.faults.map((fault) => under(pointer, fault)));
      continue;
    }
    const { changed } = diffOf(membersOf(standing), membersOf(wanted.person));
    if (Object.keys(changed).length === 0) continue;
    const audit = seeded('user.changed', standing.sub, { members: Object.keys(changed) });
    await transaction.changePerson(standing.sub, { ...wanted.person, audit: { ...audit, personal: { changed } } });
    seeding.did('changed');
  }
}
