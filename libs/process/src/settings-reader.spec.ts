import { SettingsReader, settingsOf, type Row } from './settings-reader.js';
import { issuerUrl, json, wholeNumber } from './setting-values.js';

const PORT: Row<number> = { name: 'PORT', meaning: 'The port.', default: '4000', parse: wholeNumber(0, 65535) };
const SECRET: Row<string> = {
  name: 'SECRET',
  meaning: 'A secret.',
  secret: true,
  required: true,
  parse: (text) => (text.startsWith('s-') ? { value: text } : { mustBe: 'must begin with s-' }),
};
const files = new Map([
  ['/run/secret', 's-from-a-file\n'],
  ['/run/empty', '\n'],
  ['/run/wrong', 'wrong-and-secret'],
  ['/run/torn.json', '\n{\n  "secret": 1,\n}\n'],
  ['/run/twice.json', '{"a": {"b": 1, "b": 2}, "c": 1, "c": 1}'],
]);
const reader = (environment: Record<string, string>): SettingsReader =>
  new SettingsReader(environment, (path) => {
    const content = files.get(path);
    if (content === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
    return content;
  });
const faultsOf = (environment: Record<string, string>): string => {
  const reading = reader(environment);
  reading.check([PORT, SECRET]);
  try {
    reading.refuseFaults();
  } catch (error) {
    return String(error);
  }
  return '';
};

const expectedError = (act: () => void): unknown => {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
};

describe('a setting', () => {
  it.each<[string, Record<string, string>, string]>([
    ['missing though required', {}, 'SECRET is missing; give SECRET or SECRET_FILE'],
    ['empty though required', { SECRET: '' }, 'SECRET is missing'],
    ['given twice', { SECRET: 's-1', SECRET_FILE: '/run/secret' }, 'SECRET and SECRET_FILE are both given'],
    ['in a file that is not there', { SECRET_FILE: '/run/nothing' }, 'SECRET_FILE names cannot be read (ENOENT)'],
    ['in an empty file', { SECRET_FILE: '/run/empty' }, 'SECRET_FILE names is empty'],
    ['not in its form', { SECRET: 'wrong-and-secret' }, 'SECRET must begin with s-'],
    ['not in its form, in a file', { SECRET_FILE: '/run/wrong' }, 'SECRET_FILE names a file that must begin with s-'],
  ])('is refused when it is %s', (_, environment, sentence) => {
    expect(faultsOf(environment)).toContain(sentence);
  });

  it('never shows the value of a secret, and names every fault at once', () => {
    const faults = faultsOf({ SECRET: 'wrong-and-secret', PORT: '70000' });
    expect(faults).not.toContain('wrong-and-secret');
    expect(faults).toMatch(/PORT must be[^]*SECRET must begin/);
  });

  it('that is JSON says where it is none, and what stands in it twice', () => {
    const PLAN: Row<unknown> = { name: 'PLAN', meaning: 'A plan.', asWritten: true, parse: json };
    const faultOf = (environment: Record<string, string>): string => {
      const reading = reader(environment);
      reading.read(PLAN);
      return String(
        expectedError(() => {
          reading.refuseFaults();
        }),
      );
    };
    expect(faultOf({ PLAN_FILE: '/run/torn.json' })).toContain(
      'PLAN_FILE names a file that must be JSON: it cannot be read at line 4, column 1',
    );
    expect(faultOf({ PLAN: '{"a":tru}' })).toContain('PLAN must be JSON: it cannot be read at line 1, column 6');
    expect(faultOf({ PLAN_FILE: '/run/twice.json' })).toContain(
      'PLAN_FILE names a file that must not name a member twice: /a/b, /c',
    );
    expect(reader({ PLAN: ' {"a": 1} ' }).read(PLAN)).toEqual({ given: { a: 1 } });
  });

  it('comes from the environment, from a file, or from its default', () => {
    expect(reader({ PORT: '1' }).value(PORT)).toBe(1);
    expect(reader({}).value(PORT)).toBe(4000);
    expect(reader({ PORT: '' }).value(PORT)).toBe(4000);
    expect(reader({ SECRET_FILE: '/run/secret' }).value(SECRET)).toBe('s-from-a-file');
  });

  it('is documented without its parser', () => {
    expect(settingsOf({ PORT, SECRET })).toEqual([
      { name: 'PORT', meaning: 'The port.', default: '4000' },
      { name: 'SECRET', meaning: 'A secret.', secret: true, required: true },
    ]);
  });
});

describe('RFC 8414 §2 the issuer', () => {
  it.each([
    ['http://issuer.example', 'https'],
    ['https://issuer.example/', 'slash'],
    ['https://issuer.example/path', 'no path'],
    ['https://ISSUER.example', 'normal form'],
    ['https://issuer.example:443', 'normal form'],
    ['https://user@issuer.example', ''],
    ['https://issuer.example?x', ''],
    ['https://issuer.example#x', ''],
    ['ftp://issuer.example', ''],
    ['issuer.example', ''],
  ])('is refused as %s', (text, reason) => {
    const parsed = issuerUrl(text);
    expect('mustBe' in parsed ? parsed.mustBe : 'accepted').toMatch(/must/);
    if ('mustBe' in parsed) expect(parsed.mustBe).toContain(reason);
  });

  it.each(['https://issuer.example', 'http://localhost:4000', 'http://127.0.0.1:4000', 'http://[::1]:4000'])(
    'is accepted as %s',
    (text) => {
      expect(issuerUrl(text)).toEqual({ value: text });
    },
  );
});
