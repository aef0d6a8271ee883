/**
 * Owns how a seed becomes typed: each entry in its form or with its faults, its secret read from where it lies, and what must not
 * stand twice in one file. Does not own what must be true of the register (seeding).
 */
import type { Static, TSchema } from 'typebox';
import { provesWithSecret } from '../admin/clients/client-proofs.js';
import { normalizedUsername } from '../interaction/username.js';
import { isAcceptedHash } from '../interaction/password-hashes.js';
import { type Form, formOf, type Surviving, unharmed } from '../admin/http/form.js';
import type { Fault } from '../admin/http/problem.js';
import {
  type SeedApi,
  SeedApiSchema,
  type SeedClient,
  SeedClientSchema,
  SeedFrameSchema,
  type SeedUser,
  SeedUserSchema,
} from './seed-schema.js';

/** One entry of the file. */
export interface Entry<T> {
  readonly pointer: string;
  /** What of it can be judged further. */
  readonly surviving: Surviving<T>;
  /** Absent when it has not its form: then nothing is made of it. */
  readonly value?: T;
}

export interface SeedDocument {
  readonly apis: readonly Entry<SeedApi>[];
  readonly clients: readonly Entry<SeedClient>[];
  readonly users: readonly Entry<SeedUser>[];
  /** Of the file alone. */
  readonly faults: readonly Fault[];
}

export type ReadSecret = (path: string) => string;

const formOfFrame = formOf(SeedFrameSchema);
const formOfApi = formOf(SeedApiSchema);
const formOfClient = formOf(SeedClientSchema);
const formOfUser = formOf(SeedUserSchema);

export function seedDocument(given: unknown, readSecret: ReadSecret): SeedDocument {
  const framed = formOfFrame(given);
  const frame = framed.ok ? framed.value : framed.surviving.value;
  const faults: Fault[] = framed.ok ? [] : [...framed.faults];
  const apis = entriesOf('/apis', frame.apis, formOfApi, faults);
  const clients = entriesOf('/clients', frame.clients, formOfClient, faults).map((entry) =>
    withSecret(entry, readSecret, faults),
  );
  const users = entriesOf('/users', frame.users, formOfUser, faults);
  faults.push(
    ...twice(apis, 'identifier', (api) => api.identifier),
    ...twice(clients, 'client_id', (client) => client.client_id),
    ...twice(users, 'username', ({ username }) => username && normalizedUsername(username)),
    ...apis.flatMap(sharedSecretFaults),
    ...users.flatMap(passwordFaults),
  );
  return { apis, clients, users, faults };
}

function entriesOf<S extends TSchema>(
  list: string,
  values: readonly unknown[] = [],
  form: Form<S>,
  faults: Fault[],
): readonly Entry<Static<S>>[] {
  return values.map((given, index) => {
    const pointer = `${list}/${index}`;
    const formed = form(given);
    if (formed.ok) return { pointer, surviving: unharmed(formed.value), value: formed.value };
    faults.push(...formed.faults.map((fault) => under(pointer, fault)));
    return { pointer, surviving: formed.surviving };
  });
}

export const under = (pointer: string, fault: Fault): Fault => ({ ...fault, pointer: `${pointer}${fault.pointer}` });

const twice = <T>(
  entries: readonly Entry<T>[],
  member: string,
  nameOf: (value: Surviving<T>['value']) => unknown,
): readonly Fault[] => {
  const names = entries.map(({ surviving }) => nameOf(surviving.value));
  return entries.flatMap(({ pointer }, index) =>
    names[index] !== undefined && names.indexOf(names[index]) < index
      ? [{ pointer: `${pointer}/${member}`, detail: 'stands here twice' }]
      : [],
  );
};

/** The secret itself in place of the path. What the file holds is said nowhere. */
function withSecret(entry: Entry<SeedClient>, readSecret: ReadSecret, faults: Fault[]): Entry<SeedClient> {
  const note = (member: string, detail: string): Entry<SeedClient> => {
    faults.push({ pointer: `${entry.pointer}/${member}`, detail });
    return { pointer: entry.pointer, surviving: entry.surviving };
  };
  const { value } = entry;
  if (value === undefined) return entry;
  const { client_secret_file: path, ...client } = value;
  if (!provesWithSecret(value.token_endpoint_auth_method ?? 'client_secret_basic')) {
    if (path !== undefined) return note('client_secret_file', 'is not for a public client, nor for private_key_jwt');
    return value.client_secret === undefined
      ? entry
      : note('client_secret', 'is not for a public client, nor for private_key_jwt');
  }
  if (path === undefined) return entry;
  if (value.client_secret !== undefined)
    return note('client_secret_file', 'stands beside client_secret: give one of them');
  const secret = secretIn(path, readSecret);
  if (secret === undefined) return note('client_secret_file', 'names a file that cannot be read');
  if (!SECRET.test(secret))
    return note('client_secret_file', 'names a file that does not hold 64 lower-case hex characters');
  return { ...entry, value: { ...client, client_secret: secret } };
}

const SECRET = /^[0-9a-f]{64}$/;

function secretIn(path: string, readSecret: ReadSecret): string | undefined {
  try {
    return readSecret(path).trim();
  } catch {
    return undefined;
  }
}

/** Its secret would be made here and could be shown to nobody. */
const sharedSecretFaults = ({ pointer, surviving }: Entry<SeedApi>): readonly Fault[] =>
  surviving.value.access_token_signing_alg === 'HS256'
    ? [
        {
          pointer: `${pointer}/access_token_signing_alg`,
          detail: 'HS256 has a secret that is shown once: use the admin API',
        },
      ]
    : [];

const passwordFaults = ({ pointer, surviving: { value, isFaulty } }: Entry<SeedUser>): readonly Fault[] => {
  const { password, password_hash: hash } = value;
  const note = (member: string, detail: string): readonly Fault[] => [{ pointer: `${pointer}/${member}`, detail }];
  if (password !== undefined && hash !== undefined)
    return note('password_hash', 'stands beside password: give one of them');
  if (hash !== undefined && !isAcceptedHash(hash)) {
    return note(
      'password_hash',
      'must be an argon2 hash as a PHC string, or a bcrypt hash, of a cost that is accepted',
    );
  }
  const isGiven = password !== undefined || hash !== undefined || isFaulty('password') || isFaulty('password_hash');
  return isGiven || value.username === undefined ? [] : note('password', 'is required, or password_hash');
};
