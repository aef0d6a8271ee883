/** Owns how an operator has a secret made for an API, and what is said when it has two already. Does not own its life. */
import type { Api } from '@latchkey/protocol';
import type { KeyAct, KeyRotation, NewKey } from '@latchkey/tokens/issuing';
import type { Caller } from '../http/operation.js';
import { Problem } from '../http/problem.js';

/** @throws Problem 409 */
export async function newSecret(
  secrets: Pick<KeyRotation, 'addSecret'>,
  { identifier }: Pick<Api, 'identifier'>,
  caller: Caller,
): Promise<NewKey> {
  const made = await secrets.addSecret(identifier, actOf(caller));
  if (made === 'full') throw new Problem(409, 'the API has two secrets already: delete one of them first');
  return made;
}

export const actOf = ({ clientId, address }: Caller): KeyAct => ({ actor: clientId, address, receipt: false });
