import { OAuthError } from './errors.js';
import { Parameters } from './parameters.js';

const FORM = 'application/x-www-form-urlencoded';

describe('RFC 6749 §3.2 request parameters', () => {
  it.each([
    ['a repeated parameter', 'grant_type=a&grant_type=a'],
    ['a repeated parameter whose values differ', 'code=1&x=2&code=3'],
    ['a repeated empty parameter', 'scope=&scope='],
    ['a repetition hidden by percent-encoding', 'code=1&c%6Fde=2'],
    ['bytes that are not UTF-8', 'code=%ff'],
    ['a broken percent-encoding', 'code=%zz'],
    ['a percent sign at the end', 'code=100%'],
    ['the character U+0000', 'nonce=a%00b'],
  ])('refuses %s', (_, body) => {
    expect(() => Parameters.readForm(body, FORM)).toThrow(OAuthError);
  });

  it.each([undefined, 'application/json', 'multipart/form-data; boundary=x', 'application/x-www-form-urlencodedx', ''])(
    'refuses the content type %s',
    (contentType) => {
      expect(() => Parameters.readForm('a=b', contentType)).toThrow(/x-www-form-urlencoded/);
    },
  );

  it('R44 accepts a charset', () => {
    expect(Parameters.readForm('a=b', `${FORM}; charset=UTF-8`).optional('a')).toBe('b');
    expect(Parameters.readForm('a=b', 'Application/X-WWW-Form-Urlencoded;charset=utf-8').optional('a')).toBe('b');
  });

  it('treats a parameter without a value as omitted', () => {
    const parameters = Parameters.read('a=&b&c=1');
    expect(parameters.optional('a')).toBeUndefined();
    expect(parameters.optional('b')).toBeUndefined();
    expect(() => parameters.required('a')).toThrow('the parameter a is missing');
    expect(parameters.required('c')).toBe('1');
  });

  it('decodes plus, percent and everything after the first equals sign', () => {
    expect(Parameters.read('state=a%2Bb+c%3D%26=%F0%9F%94%91').optional('state')).toBe('a+b c=&=🔑');
  });

  it('RFC 8707 §2 lets resource stand several times', () => {
    const parameters = Parameters.readForm('resource=a&resource=b', FORM);
    expect(parameters.all('resource')).toEqual(['a', 'b']);
  });

  it('never repeats an unprintable name in the description (RFC 6749 §5.2)', () => {
    expect(() => Parameters.readForm('%0a=1&%0a=2', FORM)).toThrow('unprintable name');
  });

  it('knows nothing of Object.prototype', () => {
    expect(Parameters.read('a=1').optional('__proto__')).toBeUndefined();
    expect(Parameters.read('__proto__=1').optional('__proto__')).toBe('1');
  });
});

describe('RFC 6749 §5.2 error_description', () => {
  it('holds only the characters that the RFC allows', () => {
    const error = new OAuthError('invalid_request', 'a "quoted" \\ line\r\nwith ünïcode');
    expect(error.description).toMatch(/^[\x20-\x21\x23-\x5B\x5D-\x7E]*$/);
  });
});
