import { hash as bcrypt } from '@node-rs/bcrypt';
import { describe, expect, it } from '@jest/globals';
import { isAcceptedHash, verifyPassword } from './password-hashes.js';
import { hashPassword } from './passwords.js';

const SALT = 'c29tZXNhbHQ';
const OUTPUT = 'CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
/** Of the reference implementations; argon2d with a salt of theirs. */
const KNOWN = [
  [`$argon2id$v=19$m=65536,t=2,p=1$${SALT}$${OUTPUT}`, 'password'],
  [`$argon2i$v=19$m=65536,t=2,p=1$${SALT}$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA`, 'password'],
  [`$argon2i$m=65536,t=2,p=1$${SALT}$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ`, 'password'],
  ['$argon2d$v=19$m=8192,t=2,p=1$c29tZXNhbHQ$aWF9pRn67E9lYGrf0zQjsoVyBVe36ICP2lE1QBwZvWk', 'password'],
  ['$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW', 'U*U'],
  ['$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW', 'U*U'],
  ['$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW', 'U*U'],
] as const;

describe('RFC 9106, hashes of earlier systems', () => {
  it.each([
    ['nothing', ''],
    ['a password', 'correct horse battery staple'],
    ['another hash of the family of crypt', '$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjlO/O817G3uBnIFNjnQJu'],
    ['MD5', '5f4dcc3b5aa765d61d8327deb882cf99'],
    ['an argon2 that nobody made', `$argon2x$v=19$m=65536,t=2,p=1$${SALT}$${OUTPUT}`],
    ['an unknown version', `$argon2id$v=20$m=65536,t=2,p=1$${SALT}$${OUTPUT}`],
    ['more than 256 MiB', `$argon2id$v=19$m=262145,t=1,p=1$${SALT}$${OUTPUT}`],
    ['all the memory there is', `$argon2id$v=19$m=4294967295,t=1,p=1$${SALT}$${OUTPUT}`],
    ['256 MiB five times', `$argon2id$v=19$m=262144,t=5,p=1$${SALT}$${OUTPUT}`],
    ['very many passes over little', `$argon2id$v=19$m=8,t=4294967295,p=1$${SALT}$${OUTPUT}`],
    ['a parameter with many digits', `$argon2id$v=19$m=00000065536,t=2,p=1$${SALT}$${OUTPUT}`],
    ['seventeen lanes', `$argon2id$v=19$m=65536,t=2,p=17$${SALT}$${OUTPUT}`],
    ['too little memory for its lanes', `$argon2id$v=19$m=8,t=2,p=4$${SALT}$${OUTPUT}`],
    ['a salt that is none', `$argon2id$v=19$m=65536,t=2,p=1$%$${OUTPUT}`],
    ['an output of three bytes', `$argon2id$v=19$m=65536,t=2,p=1$${SALT}$AAAA`],
    ['no output', `$argon2id$v=19$m=65536,t=2,p=1$${SALT}`],
    ['something behind it', `$argon2id$v=19$m=65536,t=2,p=1$${SALT}$${OUTPUT}$more`],
    ['a line break behind it', `$argon2id$v=19$m=65536,t=2,p=1$${SALT}$${OUTPUT}\n`],
    ['bcrypt of cost 16', '$2b$16$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'],
    ['bcrypt of cost 31', '$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'],
    ['bcrypt of cost 3', '$2b$03$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'],
    ['the bcrypt that had a bug', '$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'],
    ['bcrypt that was cut', '$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOe'],
    ['bcrypt with a line break', '$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW\n'],
    ['a megabyte', `$argon2id$v=19$m=65536,t=2,p=1$${SALT}$${'A'.repeat(1_000_000)}`],
  ])('does not take %s, and says no without the work that it asks for', async (_what, phc) => {
    // The most expensive of them would take hours: that this ends at all shows that nothing was computed.
    expect(isAcceptedHash(phc)).toBe(false);
    expect(await verifyPassword(phc, 'password')).toBe(false);
  });

  it.each(KNOWN)('takes %s, and tells the right password from others', async (phc, password) => {
    expect(isAcceptedHash(phc)).toBe(true);
    expect(await verifyPassword(phc, `${password} `)).toBe(false);
    expect(await verifyPassword(phc, password)).toBe(true);
  });

  it('takes what we make ourselves', async () => {
    const phc = await hashPassword('right');
    expect(isAcceptedHash(phc)).toBe(true);
    expect(await verifyPassword(phc, 'wrong')).toBe(false);
    expect(await verifyPassword(phc, 'right')).toBe(true);
  });

  it('takes the bounds themselves', () => {
    expect(isAcceptedHash(`$argon2id$v=19$m=262144,t=4,p=16$${SALT}$${OUTPUT}`)).toBe(true);
    expect(isAcceptedHash('$2b$15$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW')).toBe(true);
  });

  it('compares 72 bytes and no more, as the bcrypt of the system before did', async () => {
    const phc = await bcrypt('a'.repeat(80), { cost: 4 });
    expect(await verifyPassword(phc, 'a'.repeat(71))).toBe(false);
    expect(await verifyPassword(phc, 'a'.repeat(72))).toBe(true);
  });
});
