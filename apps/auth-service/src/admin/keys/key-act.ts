/** Owns how an operator's act on keys, and on the APIs that share some, is said to the stores. Does not own what is done. */
import type { KeyAct } from '@latchkey/tokens/issuing';
import type { Caller } from '../http/operation.js';

/** @param waitSeconds for how long the guards are waited for, if at all: then they are asked to report */
export const actOf = ({ clientId, address }: Caller, waitSeconds?: number): KeyAct => ({
  ...{ actor: clientId, address },
  receipt: waitSeconds !== undefined,
});
