// Every fault of V19.
import { failover } from './failover.js';
import type { Fault } from './fault.js';
import { killAuth, killGuard, stopAuth, stopGuard } from './services.js';
import { flushall, postgres, redisEmpty, redisKept } from './stores.js';
import { holdGuard, slowWire } from './wires.js';

export const FAULTS: readonly Fault[] = [
  ...[killAuth, killGuard, redisEmpty, redisKept, postgres, stopGuard, stopAuth, flushall],
  ...[failover, holdGuard, slowWire],
];

/** @throws Error that names them all when there is no such fault */
export function faultNamed(name: string): Fault {
  const fault = FAULTS.find((candidate) => candidate.name === name);
  if (fault !== undefined) return fault;
  throw new Error(`there is no fault "${name}"; there are ${FAULTS.map((known) => known.name).join(', ')}`);
}
