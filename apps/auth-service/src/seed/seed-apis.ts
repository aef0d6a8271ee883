/** Owns what a seed makes of the APIs. Does not own their rules (api-rules) nor the transaction. */
import type { Api } from '@latchkey/protocol';
import { newApiOf, resourceOf } from '../admin/apis/api-resource.js';
import { apiFaults } from '../admin/apis/api-rules.js';
import type { OwnAddresses } from '../admin/apis/reserved-audiences.js';
import { diffOf } from '../admin/http/diff.js';
import { type Entry, under } from './seed-document.js';
import type { SeedTransaction } from './seed-ports.js';
import { seeded, type Seeding } from './seeding.js';
import type { SeedApi } from './seed-schema.js';

/** As they are to stand when the file is true: those of the file in place of what they were. */
export function apisAfter(standing: readonly Api[], entries: readonly Entry<SeedApi>[]): readonly Api[] {
  const wanted = entries.flatMap(({ value }) => {
    if (value === undefined) return [];
    return [
      merged(
        standing.find(({ identifier }) => identifier === value.identifier),
        value,
      ),
    ];
  });
  const named = new Set(wanted.map(({ identifier }) => identifier));
  return [...standing.filter(({ identifier }) => !named.has(identifier)), ...wanted];
}

/** Of a faulty entry its scopes count all the same: that a client names them is no further fault. */
export const scopesMeant = (entries: readonly Entry<SeedApi>[]): readonly Api[] =>
  entries.flatMap(({ value, surviving }) => {
    const { identifier, scopes = [] } = surviving.value;
    if (value !== undefined || identifier === undefined) return [];
    const named = scopes.flatMap((scope) => (scope === undefined ? [] : [scope]));
    return [newApiOf({ identifier, scopes: named })];
  });

export async function seedApis(
  transaction: SeedTransaction,
  entries: readonly Entry<SeedApi>[],
  {
    standing,
    after,
    own,
    seeding,
  }: {
    readonly standing: readonly Api[];
    readonly after: readonly Api[];
    readonly own: OwnAddresses;
    readonly seeding: Seeding;
  },
): Promise<void> {
  for (const { pointer, surviving, value } of entries) {
    const before = standing.find(({ identifier }) => identifier === surviving.value.identifier);
    const faults = apiFaults(surviving, after, own);
    seeding.note(faults.map((fault) => under(pointer, fault)));
    if (value === undefined || faults.length > 0) continue;
    const api = merged(before, value);
    const { access_token_lifetime_seconds: lifetime, access_token_signing_alg: algorithm } = resourceOf(api);
    if (before === undefined) {
      seeding.needs({ algorithms: [algorithm], ...(lifetime === undefined ? {} : { lifetimeSeconds: lifetime }) });
      await transaction.createApi(api, seeded('api.created', api.identifier, { ...resourceOf(api) }));
      seeding.did('created');
      continue;
    }
    const { changed } = diffOf(resourceOf(before), resourceOf(api));
    if (Object.keys(changed).length === 0) continue;
    if (lifetime !== undefined) seeding.needs({ lifetimeSeconds: lifetime });
    if (algorithm !== 'HS256') seeding.needs({ algorithms: [algorithm] });
    await transaction.changeApi(before, { api, detail: { changed, seed: true } });
    seeding.did('changed');
  }
}

/** What the file does not name stands as it is. */
function merged(before: Api | undefined, value: SeedApi): Api {
  const named = newApiOf(value);
  if (before === undefined) return named;
  const { accessTokenLifetimeSeconds: lifetime } = named;
  return {
    ...before,
    ...(value.name === undefined ? {} : { name: named.name }),
    ...(value.scopes === undefined ? {} : { scopes: named.scopes }),
    ...(lifetime === undefined ? {} : { accessTokenLifetimeSeconds: lifetime }),
    ...(value.access_token_signing_alg === undefined ? {} : { accessTokenSigningAlg: named.accessTokenSigningAlg }),
  };
}
