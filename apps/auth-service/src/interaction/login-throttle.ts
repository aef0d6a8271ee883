/**
 * Owns the throttling of failed logins: of an account (also one that does not exist) from one address, of an account from
 * everywhere, and from an address.
 * Does not own passwords, nor what is said to the person.
 *
 * Failures are counted, never attempts, so that any number of good logins passes. The price: guesses that are under way
 * when the limit falls are finished. `admit` is therefore asked twice, before waiting for a slot of password work and
 * again inside it, so that the overshoot is below the number of slots (4) per process, however many guess at once.
 * Counting attempts first and giving back the good ones would be exact, yet would refuse a crowd of good logins.
 */
import { isIPv4, isIPv6 } from 'node:net';
import { digestOf, type Ephemeral } from '@latchkey/protocol';
import { type Clock, toSeconds } from '@latchkey/tokens';
import { normalizedUsername } from './username.js';

export interface LoginThrottleLimits {
  /** Failed logins of one account from one address within the window; from all addresses together ten times as many. */
  readonly failuresPerAccount: number;
  /** Failed logins from one address (an IPv6 address counts with its /64) within the window. */
  readonly failuresPerAddress: number;
  readonly windowSeconds: number;
}

/** How many addresses may use up their failures before an account is closed for all. */
const PLACES = 10;

export const DEFAULT_LOGIN_LIMITS: LoginThrottleLimits = {
  failuresPerAccount: 10,
  failuresPerAddress: 100,
  windowSeconds: 900,
};

/** Who tries, from where. */
export interface LoginAttempt {
  readonly username: string;
  readonly address: string;
}

export class LoginThrottle {
  constructor(
    private readonly ephemeral: Ephemeral,
    private readonly clock: Clock,
    private readonly limits: LoginThrottleLimits,
  ) {}

  /** @returns seconds to wait; undefined when the attempt may be made */
  async admit(attempt: LoginAttempt): Promise<number | undefined> {
    const ends = await Promise.all(this.subjects(attempt).map(({ key }) => this.ephemeral.get(`login-closed:${key}`)));
    const now = toSeconds(this.clock.now());
    const waits = ends.map((end) => Number(end ?? 0) - now).filter((seconds) => seconds > 0);
    return waits.length === 0 ? undefined : Math.max(...waits);
  }

  /** Counts one failure against account and address; the one that reaches a limit closes the door until its window ends. */
  async failed(attempt: LoginAttempt): Promise<void> {
    await Promise.all(
      this.subjects(attempt).map(async ({ key, limit }) => {
        const { count, remainingSeconds } = await this.ephemeral.count(
          `login-failures:${key}`,
          this.limits.windowSeconds,
        );
        if (count < limit) return;
        const seconds = Math.max(1, remainingSeconds);
        await this.ephemeral.put(`login-closed:${key}`, String(toSeconds(this.clock.now()) + seconds), seconds);
      }),
    );
  }

  private subjects({ username, address }: LoginAttempt): readonly { readonly key: string; readonly limit: number }[] {
    const [account, network] = [normalizedUsername(username), networkOf(address)];
    const { failuresPerAccount, failuresPerAddress } = this.limits;
    return [
      // Of this account from here: whoever guesses from elsewhere does not shut out its owner.
      { key: `pair:${digestOf(JSON.stringify([account, network]))}`, limit: failuresPerAccount },
      // From many places at once: that is no slip of the hand any more.
      { key: `account:${digestOf(account)}`, limit: failuresPerAccount * PLACES },
      { key: `address:${digestOf(network)}`, limit: failuresPerAddress },
    ];
  }
}

/** One household or server usually holds a whole /64 (RFC 6177 §2), so its 2^64 addresses count as one. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:([0-9.]+)$/i.exec(address)?.[1];
  if (mapped !== undefined && isIPv4(mapped)) return mapped;
  const bare = address.replace(/%.*$/, '');
  if (!isIPv6(bare)) return bare;
  const [head = '', tail] = new URL(`http://[${bare}]`).hostname.slice(1, -1).split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const middle = tail === undefined ? [] : Array.from({ length: 8 - left.length - right.length }, () => '0');
  return `${[...left, ...middle, ...right].slice(0, 4).join(':')}::/64`;
}
