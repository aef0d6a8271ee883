/** Owns limits for specs, in this process alone unless they are given more. Does not own any expectation. */
import { systemClock } from '@latchkey/tokens/testing';
import { pino } from 'pino';
import { InProcessEphemeral } from '../../persistence/in-process/ephemeral.js';
import { type Limits, type LimitSettings, type LimitsParts, openLimits } from '../limits.js';

export const limitOf = (failures: number, over: Partial<LimitSettings> = {}): LimitSettings => ({
  ...{ failures, failuresPerAddress: failures * 10, windowSeconds: 900, tokensPerMinute: undefined },
  ...over,
});

/** So many failures of each, and what is recorded goes nowhere. */
export const aLimitOf = (failures: number, parts: Partial<LimitsParts> = {}): Limits =>
  openLimits({
    ...{ settings: limitOf(failures), clock: systemClock, log: pino({ level: 'silent' }) },
    ephemeral: new InProcessEphemeral(parts.clock ?? systemClock),
    record: () => Promise.resolve(),
    ...parts,
  });
