import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { REVOCATION_KINDS } from './entry.js';
import type { FeedMessage } from './feed.js';
import { decodeMessage, encodeMessage } from './wire-format.js';

const revocation = {
  type: 'revocation',
  critical: '1',
  epoch: '1',
  id: 'i',
  kind: 'token',
  value: 'v',
  expires_at: '9',
};
const decode = (fields: Record<string, string | undefined>) =>
  decodeMessage(Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [name, value])));

describe('revocation.md V9 the format', () => {
  it.each([
    { type: 'planet' },
    { kind: 'planet' },
    { kind: undefined },
    { id: undefined },
    { value: undefined },
    { expires_at: undefined },
    { expires_at: '-1' },
    { expires_at: '1e3' },
    { epoch: undefined },
    { epoch: '' },
    { epoch: '99999999999999999' },
    { kind: 'subject' },
    { generation: '1' },
    { kind: 'client', generation: 'x' },
  ])('what cannot be read is incomprehensible, unless it says that it is not critical: %j', (change) => {
    expect(decode({ ...revocation, ...change }).kind).toBe('incomprehensible');
    expect(decode({ ...revocation, ...change, critical: undefined }).kind).toBe('incomprehensible');
    expect(decode({ ...revocation, ...change, critical: '0' }).kind).toBe('skip');
  });

  it.each([{ at: undefined }, { longest_lifetime: undefined }, { longest_lifetime: 'for ever' }])(
    'a watermark that does not say all that it must is incomprehensible: %j',
    (change) => {
      const watermark = { type: 'watermark', critical: '1', epoch: '1', at: '5', longest_lifetime: '300' };
      expect(decode(watermark).kind).toBe('message');
      expect(decode({ ...watermark, ...change }).kind).toBe('incomprehensible');
    },
  );

  it('A9 a watermark that says nothing readable of what is registered is one that says nothing of it', () => {
    const watermark = { type: 'watermark', critical: '1', epoch: '1', at: '5', longest_lifetime: '300' };
    const plain = { type: 'watermark', epoch: 1, at: 5, longestLifetimeSeconds: 300 };
    expect(decode({ ...watermark, registry: '7' })).toEqual({
      kind: 'message',
      message: { ...plain, registryRevision: 7 },
    });
    for (const registry of [undefined, '', '-1', '1.5', '1e3', '9007199254740993', 'new']) {
      expect(decode({ ...watermark, registry })).toEqual({ kind: 'message', message: plain });
    }
  });

  it('A9 news of what is registered is skipped when it cannot be read, and by whoever does not know it', () => {
    expect(encodeMessage({ type: 'registry', epoch: 1, revision: 7 }).slice(2, 4)).toEqual(['critical', '0']);
    expect(decode({ type: 'registry', critical: '0', epoch: '1' }).kind).toBe('skip');
  });

  it('an acknowledgement that cannot be read is skipped: whom it names asks again', () => {
    expect(decode({ type: 'guard', critical: '0', epoch: '1', guard_id: 'g' }).kind).toBe('skip');
  });

  it.each([undefined, '', '-1', '1.5', '1e3', '9007199254740993', 'new'])(
    'news of keys with the revision %j still say that something has changed, whatever it is',
    (revision) => {
      expect(decode({ type: 'keys', critical: '0', epoch: '1', revision })).toEqual({
        kind: 'message',
        message: { type: 'keys', epoch: 1 },
      });
    },
  );

  it('names no value in the detail', () => {
    expect(JSON.stringify(decode({ ...revocation, value: 'the-jti', id: undefined }))).not.toContain('the-jti');
  });

  it('ignores a field that it does not know', () => {
    expect(decode({ ...revocation, colour: 'red' })).toMatchObject({ kind: 'message' });
  });

  it('gives back what was written', () => {
    const epoch = fc.nat();
    const message: fc.Arbitrary<FeedMessage> = fc.oneof(
      fc.record({ type: fc.constant('epoch' as const), epoch }),
      fc.record({ type: fc.constant('keys' as const), epoch }),
      fc.record({ type: fc.constant('keys' as const), epoch, revision: fc.maxSafeNat() }),
      fc.record({ type: fc.constant('watermark' as const), epoch, at: fc.nat(), longestLifetimeSeconds: fc.nat() }),
      fc.record({
        ...{ type: fc.constant('watermark' as const), epoch, at: fc.nat(), longestLifetimeSeconds: fc.nat() },
        registryRevision: fc.maxSafeNat(),
      }),
      fc.record({ type: fc.constant('registry' as const), epoch, revision: fc.maxSafeNat() }),
      fc.record({ type: fc.constant('guard' as const), epoch, guardId: fc.string(), registration: fc.string() }),
      fc
        .tuple(
          ...([fc.constantFrom(...REVOCATION_KINDS), fc.string(), fc.string(), fc.nat(), fc.option(fc.nat())] as const),
          ...([epoch, fc.boolean()] as const),
        )
        .map(([kind, id, value, generation, expiresAt, at, receipt]) => {
          const wide = kind === 'subject' || kind === 'client' || kind === 'issuer';
          const entry = { id, kind, value, expiresAt, ...(wide ? { generation } : {}) };
          return { type: 'revocation' as const, epoch: at, entry, receipt };
        }),
    );
    fc.assert(
      fc.property(message, (one) => {
        expect(decodeMessage(encodeMessage(one))).toEqual({ kind: 'message', message: one });
      }),
    );
  });
});
