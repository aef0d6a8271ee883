import { describe, expect, it } from '@jest/globals';
import { Problem } from '../http/problem.js';
import { Passwords } from '../../interaction/passwords.js';
import { PasswordLane } from './password-lane.js';

describe('admin-api /users: a flood of passwords that are put', () => {
  it('waits in a lane of one, and whoever finds it full hears 503 with Retry-After', async () => {
    const lane = new PasswordLane({ concurrency: 1, queueLength: 2, queueWaitMs: 60_000 });
    const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => lane.hash('a password')));
    expect(outcomes.map(({ status }) => status)).toEqual([
      ...['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'rejected'],
    ]);
    const [, , , refused] = outcomes;
    expect(refused).toMatchObject({ reason: { status: 503, headers: { 'retry-after': '60' } } });
    expect(refused?.status === 'rejected' && refused.reason instanceof Problem).toBe(true);
  });

  it('leaves the log-ins their threads: while hundreds wait, one password is verified in the time of a few', async () => {
    const lane = new PasswordLane();
    const passwords = await Passwords.create();
    const hash = await lane.hash('right');
    let hashed = 0;
    const flood = Array.from({ length: 100 }, () => lane.hash('flood').then(() => (hashed += 1)));
    expect(await passwords.verify(hash, 'right')).toBe(true);
    // Behind the flood it would come after the hundredth.
    expect(hashed).toBeLessThan(50);
    // On a slow machine the last of them wait in vain.
    await Promise.allSettled(flood);
  });

  it('never throws the password back', async () => {
    await expect(new PasswordLane().hash('x'.repeat(2000))).rejects.toThrow(/^a password has 1 to 1024 bytes$/);
  });
});
