/** Owns what every operation on `/clients` works with, and how each finds the client that its path names. Owns no operation. */
import type { ApiStore, IdTokenAlgorithm } from '@latchkey/protocol';
import type { ReceiptDesk, SigningAlgorithm } from '@latchkey/tokens';
import type { Caller } from '../http/operation.js';
import { nothingHere } from '../http/problem.js';
import type { RegisteredClient } from '../ports.js';
import { lackingAmong, lastAdministrator, scopeIn } from './client-authority.js';
import type { ClientChanges, ClientRegistry, NotDone } from './client-ports.js';
import type { SealSecret } from './client-resource.js';

export interface ClientOperationsParts {
  readonly clients: ClientRegistry;
  readonly clientChanges: ClientChanges;
  readonly apis: ApiStore;
  readonly desk: Pick<ReceiptDesk, 'wait' | 'onTheWire'>;
  readonly idTokenAlgorithms: readonly IdTokenAlgorithm[];
  readonly ensureRing: (algorithm: SigningAlgorithm) => Promise<void>;
  /** What is kept of refresh tokens outlives every one of them. */
  readonly raiseLongestRefresh: (seconds: number) => Promise<void>;
  readonly sealSecret: SealSecret;
}

export const CLIENTS_PATH = '/admin/v1/clients';
export const CLIENT_PATH = `${CLIENTS_PATH}/{client_id}`;

/** OpenID Connect Registration §2: "The default, if omitted, is RS256." */
export const defaultAlgorithmOf = ({
  idTokenAlgorithms,
}: Pick<ClientOperationsParts, 'idTokenAlgorithms'>): IdTokenAlgorithm =>
  idTokenAlgorithms.find((algorithm) => algorithm === 'RS256') ?? idTokenAlgorithms[0] ?? 'ES256';

/** @throws Problem 404 */
export async function clientAt(clients: Pick<ClientRegistry, 'find'>, clientId: string): Promise<RegisteredClient> {
  const client = await clients.find(clientId);
  if (client === undefined) throw nothingHere();
  return client;
}

/**
 * admin-api.md A2, before anything else of a write is judged: what the client has, and what the body would give it.
 * @throws Problem 404
 */
export const lackingFor =
  ({ clients }: Pick<ClientOperationsParts, 'clients'>) =>
  async (input: {
    readonly body: unknown;
    readonly params: { readonly client_id: string };
    readonly caller: Caller;
  }): Promise<readonly string[]> => {
    const { allowedScope } = await clientAt(clients, input.params.client_id);
    return lackingAmong([...allowedScope, ...scopeIn(input.body)], input.caller);
  };

/** What a change that was not done is answered. @throws Problem 404 or 409 */
export function done<Outcome extends object>(outcome: Outcome | NotDone): Outcome {
  if (outcome === 'unknown') throw nothingHere();
  if (outcome === 'last') throw lastAdministrator();
  return outcome;
}
