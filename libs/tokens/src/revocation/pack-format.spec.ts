import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { revocationEntry } from '../testing/revocation-entry.js';
import { encodePack, groupsOf } from './pack-format.js';
import { decodeMessages } from './wire-format.js';

const pack = [revocationEntry(), revocationEntry()];
const changed = (change: Readonly<Record<string, string | undefined>>) => {
  const fields = new Map<string, string | undefined>();
  const flat = encodePack(1, pack, true);
  for (let index = 0; index < flat.length; index += 2) fields.set(flat[index] ?? '', flat[index + 1]);
  for (const [name, value] of Object.entries(change)) fields.set(name, value);
  return [...fields].flatMap(([name, value]) => (value === undefined ? [] : [name, value]));
};

describe('revocation.md V9, V14 many revocations in one message', () => {
  it.each([
    { kind: 'subject' },
    { kind: 'planet' },
    { kind: undefined },
    { ids: undefined },
    { ids: 'only-one' },
    { values: 'only-one' },
    { values: `${randomUUID()} ` },
    { values: undefined },
    { expires_at: '5' },
    { expires_at: '5 never' },
    { expires_at: '5 6 7' },
    { epoch: undefined },
    { epoch: 'x' },
  ])('one part that cannot be read makes the whole incomprehensible: %j', (change) => {
    expect(decodeMessages(changed(change)).kind).toBe('incomprehensible');
  });

  it('gives back what was written, with the receipt that was asked for', () => {
    const decoded = decodeMessages(changed({ colour: 'red' }));
    const messages = pack.map((entry) => ({ type: 'revocation', epoch: 1, entry, receipt: true }));
    expect(decoded).toEqual({ kind: 'messages', messages });
  });

  it('groups keep the order, lose nothing, and take up only what needs no quoting', () => {
    const entry = fc.record({
      id: fc.uuid(),
      kind: fc.constantFrom('token' as const, 'grant' as const, 'key' as const),
      value: fc.oneof(fc.uuid(), fc.string()),
      expiresAt: fc.option(fc.nat()),
    });
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 600 }), (entries) => {
        const groups = groupsOf(entries);
        expect(groups.flat()).toEqual(entries);
        for (const group of groups.filter(({ length }) => length > 1)) {
          const decoded = decodeMessages(encodePack(7, group, false));
          const messages = group.map((one) => ({ type: 'revocation', epoch: 7, entry: one, receipt: false }));
          expect(decoded).toEqual({ kind: 'messages', messages });
        }
      }),
    );
    expect(groupsOf(Array.from({ length: 600 }, () => revocationEntry())).map(({ length }) => length)).toEqual([
      250, 250, 100,
    ]);
  });
});
