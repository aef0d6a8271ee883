import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formOf } from '../http/form.js';
import { ProblemSchema } from '../http/problem.js';
import { pointersIn, userBench, type UserBench, userIn, USERS } from '../test/user-bench.js';
import { UserSchema } from './user-schema.js';

let users: UserBench;
beforeAll(async () => {
  users = await userBench();
});
afterAll(() => users.close());

const WHOLE = {
  ...{ name: 'Ada King', given_name: 'Ada', family_name: 'King', middle_name: 'Byron', nickname: 'Ada 😀' },
  ...{ preferred_username: 'ada@l', profile: 'https://a.example/ada', picture: 'https://a.example/a.png?x=1' },
  ...{ website: 'http://ada.example/#me', email: "a.d+a'@mail.example", email_verified: true, gender: 'female' },
  ...{ birthdate: '0000-02-29', zoneinfo: 'Europe/London', locale: 'en-GB' },
  ...{ phone_number: '+44 (20) 7946-0000;ext=12', phone_number_verified: false },
  address: {
    formatted: 'St James’s\r\nLondon',
    street_address: 'a\nb',
    locality: 'London',
    postal_code: 'SW1',
    country: 'GB',
  },
};

describe('OpenID Connect Core §5.1: claims that are refused, each by its pointer', () => {
  it.each<[string, Record<string, unknown>, readonly string[]]>([
    ['an unknown member', { colour: 'red' }, ['/colour']],
    [
      'what is given here',
      { sub: 'x', enabled: false, created_at: 1, updated_at: 1 },
      ['/created_at', '/enabled', '/sub', '/updated_at'],
    ],
    ['an unknown member of the address', { address: { planet: 'Mars' } }, ['/address/planet']],
    ['null', { name: null, address: null }, ['/address', '/name']],
    ['nothing as a name', { name: '' }, ['/name']],
    [
      'U+0000',
      { name: 'a\u0000', nickname: '\u0000', address: { locality: '\u0000', street_address: 'a\u0000' } },
      ['/address/locality', '/address/street_address', '/name', '/nickname'],
    ],
    [
      'half of a surrogate pair',
      { name: 'a\ud800', gender: '\udc00', address: { country: '\ud83d' } },
      ['/address/country', '/gender', '/name'],
    ],
    ['what turns the order around', { name: 'a\u202eb' }, ['/name']],
    ['a newline in a name', { name: 'a\nb' }, ['/name']],
    ['a carriage return alone', { address: { formatted: 'a\rb' } }, ['/address/formatted']],
    [
      'a script as a link',
      { profile: 'javascript:alert(1)', picture: 'data:text/html,x', website: 'https://a b/' },
      ['/picture', '/profile', '/website'],
    ],
    [
      'no URL',
      { website: 'https://', profile: 'https://[', picture: '//a.example' },
      ['/picture', '/profile', '/website'],
    ],
    ['no email', { email: 'a@b@c' }, ['/email']],
    ['an email with two dots', { email: 'a..b@c.example' }, ['/email']],
    ['an email with a name before it', { email: 'Ada <ada@l.example>' }, ['/email']],
    ['a word for truth', { email: 'a@b.example', email_verified: 'true' }, ['/email_verified']],
    [
      'something verified that is not there',
      { email_verified: true, phone_number_verified: false },
      ['/email_verified', '/phone_number_verified'],
    ],
    ['a day that there is not', { birthdate: '1999-02-29' }, ['/birthdate']],
    ['a month that there is not', { birthdate: '1999-13-01' }, ['/birthdate']],
    ['no year at all', { birthdate: '0000' }, ['/birthdate']],
    ['a day of another form', { birthdate: '1.2.1999' }, ['/birthdate']],
    ['a zone that there is not', { zoneinfo: 'Europe/Atlantis' }, ['/zoneinfo']],
    ['a distance for a zone', { zoneinfo: '+01:00' }, ['/zoneinfo']],
    ['no language', { locale: 'e' }, ['/locale']],
    ['an underscore in a language', { locale: 'en_GB' }, ['/locale']],
    ['a number without country', { phone_number: '020 7946 0000' }, ['/phone_number']],
    ['an address that is text', { address: 'London' }, ['/address']],
  ])('%s', async (_what, claims, pointers) => {
    expect(pointersIn(await users.create(claims))).toEqual(pointers);
    const { sub } = await users.aUser();
    const patch = Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== null));
    if (Object.keys(patch).length === 0) return;
    expect(pointersIn(await users.bench.ask('PATCH', `${USERS}/${sub}`, { body: patch }))).toEqual(pointers);
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('%s as the name of a member', async (name) => {
    const raw = `{"username":"somebody","password":"secret","${name}":{"enabled":true},"address":{"${name}":"x"}}`;
    const wire = await users.bench.ask('POST', USERS, { raw });
    expect(pointersIn(wire)).toEqual([`/${name}`, `/address/${name}`].toSorted());
    const { sub } = await users.aUser();
    const patch = await users.bench.ask('PATCH', `${USERS}/${sub}`, { raw: `{"${name}":{"polluted":1}}` });
    expect(pointersIn(patch)).toEqual([`/${name}`]);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  it('names every fault of form and of meaning at once', async () => {
    const wire = await users.bench.ask('POST', USERS, {
      body: {
        username: ' ada',
        password: '',
        birthdate: '1999-02-30',
        locale: 'x',
        email: 'x',
        colour: 1,
        address: { a: 1 },
      },
    });
    expect(pointersIn(wire)).toEqual([
      '/address/a',
      '/birthdate',
      '/colour',
      '/email',
      '/locale',
      '/password',
      '/username',
    ]);
  });

  it('concludes nothing from an email that is faulty', async () => {
    expect(pointersIn(await users.create({ email: 'x', email_verified: true }))).toEqual(['/email']);
  });
});

describe('OpenID Connect Core §5.1: claims that are kept', () => {
  it('all of them, as they were written, in one order', async () => {
    const created = await users.create(Object.fromEntries(Object.entries(WHOLE).toReversed()));
    const { sub, username, enabled, created_at, updated_at, ...claims } = userIn(created, 201);
    expect(claims).toEqual(WHOLE);
    expect({ enabled, updated_at }).toEqual({ enabled: true, updated_at: created_at });
    expect(created.headers.get('location')).toBe(`${USERS}/${sub}`);
    const found = await users.bench.ask('GET', `${USERS}/${sub}`);
    expect(found.text).toBe(created.text);
    expect(username).toMatch(/^u-/);
  });

  it.each(['1815', '0000-12-10', '2000-02-29'])('the birthdate %s', async (birthdate) => {
    expect(await users.aUser({ birthdate })).toMatchObject({ birthdate });
  });

  it('whatever is sent, no answer falls outside the document', async () => {
    const [isUser, isProblem] = [formOf(UserSchema), formOf(ProblemSchema)];
    const value = fc.oneof(fc.string({ unit: 'binary' }), fc.constant(null), fc.object(), fc.boolean(), fc.integer());
    const member = fc.constantFrom(...Object.keys(WHOLE), 'username', '__proto__', 'x');
    await fc.assert(
      fc.asyncProperty(fc.dictionary(member, value), fc.boolean(), async (claims, patch) => {
        const { sub } = await users.aUser();
        const wire = patch
          ? await users.bench.ask('PATCH', `${USERS}/${sub}`, { body: claims })
          : await users.create(claims);
        expect([200, 201, 400, 409]).toContain(wire.status);
        expect((wire.status < 300 ? isUser : isProblem)(wire.json).ok).toBe(true);
      }),
      { numRuns: 60, interruptAfterTimeLimit: 240_000, markInterruptAsFailure: true },
    );
  });
});
