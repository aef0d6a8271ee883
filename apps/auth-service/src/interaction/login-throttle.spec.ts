import { describe, expect, it } from '@jest/globals';
import { fakeClock } from '@latchkey/tokens/testing';
import { LoginThrottle, networkOf } from './login-throttle.js';
import { InProcessEphemeral } from '../persistence/in-process/ephemeral.js';

function throttleOf(failuresPerAccount: number, failuresPerAddress: number) {
  const clock = fakeClock();
  const throttle = new LoginThrottle(new InProcessEphemeral(clock), clock, {
    failuresPerAccount,
    failuresPerAddress,
    windowSeconds: 60,
  });
  return { clock, throttle };
}

describe('P6, throttling of failed logins', () => {
  it('closes an account to one address after so many failures, in whatever spelling, and not to its owner elsewhere', async () => {
    const { throttle } = throttleOf(3, 100);
    await throttle.failed({ username: 'ada', address: '192.0.2.1' });
    await throttle.failed({ username: ' ADA', address: '192.0.2.1' });
    expect(await throttle.admit({ username: 'ada', address: '192.0.2.1' })).toBeUndefined();
    await throttle.failed({ username: '\uff41da', address: '192.0.2.1' });
    expect(await throttle.admit({ username: 'Ada', address: '192.0.2.1' })).toBe(60);
    expect(await throttle.admit({ username: 'Ada', address: '192.0.2.9' })).toBeUndefined();
    expect(await throttle.admit({ username: 'bob', address: '192.0.2.1' })).toBeUndefined();
  });

  it('closes an account to everybody after ten times as many failures from everywhere', async () => {
    const { throttle } = throttleOf(1, 100);
    const from = (place: number) => ({ username: 'ada', address: `192.0.2.${place}` });
    for (let place = 1; place <= 9; place++) await throttle.failed(from(place));
    expect(await throttle.admit(from(20))).toBeUndefined();
    await throttle.failed(from(10));
    expect(await throttle.admit(from(20))).toBe(60);
  });

  it('closes an address after so many failures, whatever the accounts', async () => {
    const { throttle } = throttleOf(100, 3);
    for (const username of ['a', 'b', 'c']) await throttle.failed({ username, address: '192.0.2.1' });
    expect(await throttle.admit({ username: 'd', address: '192.0.2.1' })).toBe(60);
    expect(await throttle.admit({ username: 'd', address: '192.0.2.2' })).toBeUndefined();
  });

  it('opens again when the window that began with the first failure ends', async () => {
    const { clock, throttle } = throttleOf(2, 100);
    await throttle.failed({ username: 'ada', address: '192.0.2.1' });
    clock.advance(20_000);
    await throttle.failed({ username: 'ada', address: '192.0.2.1' });
    expect(await throttle.admit({ username: 'ada', address: '192.0.2.1' })).toBe(40);
    clock.advance(40_000);
    expect(await throttle.admit({ username: 'ada', address: '192.0.2.1' })).toBeUndefined();
  });

  it('counts every one of 50 failures at once', async () => {
    const { throttle } = throttleOf(50, 1000);
    const attempt = { username: 'ada', address: '192.0.2.1' };
    await Promise.all(Array.from({ length: 49 }, () => throttle.failed(attempt)));
    expect(await throttle.admit(attempt)).toBeUndefined();
    await throttle.failed(attempt);
    expect(await throttle.admit(attempt)).toBe(60);
  });
});

describe('RFC 6177 §2, what counts as one address', () => {
  it.each([
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['192.0.2.7', '192.0.2.7'],
  ])('%s is of %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
