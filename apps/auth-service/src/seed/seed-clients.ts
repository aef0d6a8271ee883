/**
 * Owns what a seed makes of clients: whoever is not there is created, of the others what the file names is made so, with the
 * revocation of what that takes away (admin-api.md A9). A secret counts for the creation alone: one that an operator has deleted
 * does not come back with the next start. A file that the operator mounts may give every scope, those of the admin API as well.
 */
import { type Api, digestOf, ID_TOKEN_ALGORITHMS } from '@latchkey/protocol';
import { whatMustNotBeLost } from '../admin/clients/client-authority.js';
import { sealingFaults } from '../admin/clients/client-openid-rules.js';
import { ringsOf } from '../admin/clients/client-preparation.js';
import {
  type ClientFields,
  keptOf,
  newClientOf,
  replacedBy,
  resourceOf,
  type SealSecret,
  writableOf,
} from '../admin/clients/client-resource.js';
import { provesWithSecret } from '../admin/clients/client-proofs.js';
import { clientFaults } from '../admin/clients/client-rules.js';
import { clientSchemas, type ClientRequest } from '../admin/clients/client-schema.js';
import { takenAway } from '../admin/clients/client-taking.js';
import { defaultAlgorithmOf } from '../admin/clients/client-parts.js';
import { diffOf } from '../admin/http/diff.js';
import { formOf, type Surviving } from '../admin/http/form.js';
import { mergePatch } from '../admin/http/merge-patch.js';
import type { NewClient, RegisteredClient } from '../admin/ports.js';
import { type Entry, under } from './seed-document.js';
import type { SeedTransaction } from './seed-ports.js';
import { seeded, type Seeding } from './seeding.js';
import type { SeedClient } from './seed-schema.js';

const formOfWhole = formOf(clientSchemas(ID_TOKEN_ALGORITHMS).NewClient);
const DEFAULT_ALGORITHM = defaultAlgorithmOf({ idTokenAlgorithms: ID_TOKEN_ALGORITHMS });

export async function seedClients(
  transaction: SeedTransaction,
  entries: readonly Entry<SeedClient>[],
  {
    apis,
    seeding,
    sealSecret,
  }: { readonly apis: readonly Api[]; readonly seeding: Seeding; readonly sealSecret: SealSecret },
): Promise<void> {
  // In one order: two who lock several wait for one another, and never in a circle.
  for (const entry of entries.toSorted(byId)) {
    const { pointer, surviving } = entry;
    const id = surviving.value.client_id;
    const standing = id === undefined ? undefined : await transaction.client(id);
    if (standing === 'deleted') {
      seeding.leave(pointer, 'was deleted over the admin API, and stays so: take it out of the file');
      continue;
    }
    const whole = standing === undefined ? surviving : mergedWith(standing, surviving);
    const faults = [
      ...clientFaults(whole, apis),
      ...(standing === undefined ? secretFaults(surviving) : sealingFaults(whole, standing)),
    ];
    seeding.note(faults.map((fault) => under(pointer, fault)));
    if (entry.value === undefined || faults.length > 0) continue;
    if (standing === undefined) await create(transaction, entry.value, { seeding, sealSecret });
    else await change(transaction, entry.value, { standing, pointer, seeding, sealSecret });
  }
}

const byId = (one: Entry<SeedClient>, other: Entry<SeedClient>): number =>
  (one.surviving.value.client_id ?? '') < (other.surviving.value.client_id ?? '') ? -1 : 1;

const secretFaults = ({ value, isFaulty }: Surviving<SeedClient>) =>
  !provesWithSecret(value.token_endpoint_auth_method ?? 'client_secret_basic') ||
  value.client_secret !== undefined ||
  value.client_secret_file !== undefined ||
  isFaulty('client_secret') ||
  isFaulty('client_secret_file') ||
  isFaulty('token_endpoint_auth_method')
    ? []
    : [{ pointer: '/client_secret', detail: 'is required, or client_secret_file, unless the client is public' }];

const OF_A_SEED_ALONE: readonly string[] = ['client_id', 'client_secret', 'client_secret_file'];

/** The members that the admin API knows too. */
const membersOf = (client: object): object =>
  Object.fromEntries(Object.entries(client).filter(([name]) => !OF_A_SEED_ALONE.includes(name)));

/** What the file does not name stands as it is. */
function mergedWith(standing: RegisteredClient, { value, ...rest }: Surviving<SeedClient>): Surviving<ClientRequest> {
  // Each member is of the standing client or was found without fault: form has parsed it.
  return { value: mergePatch(writableOf(standing), membersOf(value)) as Surviving<ClientRequest>['value'], ...rest };
}

/** Before anybody sees it. */
const neededBy = (client: ClientFields) => {
  const { refreshTokenLifetimeSeconds: refreshSeconds } = client;
  return { algorithms: ringsOf(writableOf(client)), ...(refreshSeconds === undefined ? {} : { refreshSeconds }) };
};

async function create(
  transaction: SeedTransaction,
  wanted: SeedClient,
  { seeding, sealSecret }: { readonly seeding: Seeding; readonly sealSecret: SealSecret },
): Promise<void> {
  const { client_id: clientId, client_secret: secret, client_name: name = clientId } = wanted;
  const { client: drawn } = newClientOf({ ...wanted, client_name: name }, DEFAULT_ALGORITHM, sealSecret);
  // The one that was drawn is nobody's: the file has its own.
  const own = secret === undefined ? {} : keptOf(drawn, secret, () => sealSecret(clientId, secret));
  const client: NewClient = { ...drawn, clientId, ...own };
  seeding.needs(neededBy(client));
  const { clientName, grantTypes, allowedScope } = client;
  const detail = { client_name: clientName, grant_types: grantTypes, scope: allowedScope };
  await transaction.createClient(client, seeded('client.created', clientId, detail));
  seeding.did('created');
}

async function change(
  transaction: SeedTransaction,
  wanted: SeedClient,
  {
    standing,
    pointer,
    seeding,
    sealSecret,
  }: {
    readonly standing: RegisteredClient;
    readonly pointer: string;
    readonly seeding: Seeding;
    readonly sealSecret: SealSecret;
  },
): Promise<void> {
  const whole = formOfWhole(mergePatch(writableOf(standing), membersOf(wanted)));
  if (!whole.ok) {
    seeding.note(whole.faults.map((fault) => under(pointer, fault)));
    return;
  }
  const after = replacedBy(standing, whole.value, DEFAULT_ALGORITHM);
  const digest = wanted.client_secret === undefined ? undefined : digestOf(wanted.client_secret);
  // Only a client that had no use for one has none, and was not left without one by an operator.
  const first =
    !provesWithSecret(standing.tokenEndpointAuthMethod) && provesWithSecret(after.tokenEndpointAuthMethod)
      ? digest
      : undefined;
  if (digest !== undefined && first === undefined && !standing.secretDigests.includes(digest)) {
    seeding.leave(`${pointer}/client_secret`, 'is none of the client’s: a secret counts for the creation alone');
  }
  const { changed } = diffOf(resourceOf(standing), resourceOf(after));
  if (Object.keys(changed).length === 0) return;
  const taken = takenAway(standing, after);
  const detail = { changed, ...(taken.length === 0 ? {} : { taken }) };
  seeding.needs(neededBy(after));
  const outcome = await transaction.changeClient({
    ...{ after, takes: taken.length > 0, audit: seeded('client.changed', standing.clientId, detail) },
    ...whatMustNotBeLost(standing, after),
  });
  if (outcome === 'last') {
    seeding.note([{ pointer, detail: 'is the last client that holds all admin scopes, and would lose some' }]);
    return;
  }
  const { client_secret: secret } = wanted;
  if (first !== undefined && secret !== undefined) {
    const { secretDigest: digest, secretSealed: sealed } = keptOf(after, secret, () =>
      sealSecret(after.clientId, secret),
    );
    await transaction.giveSecret(standing.clientId, { digest, ...(sealed === undefined ? {} : { sealed }) });
  }
  seeding.did('changed');
}
