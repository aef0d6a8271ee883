import { describe, expect, it } from '@jest/globals';
import { QUESTIONS } from './questions.js';
import { stagesOf } from './sizes.js';

const asked = (many: number): string[] =>
  stagesOf(many).map((stage) => stage.map(({ respect, size }) => `${size} ${respect}`).join(', '));

describe('how it scales', () => {
  it('is asked of installations that grow in one respect each, side by side', () => {
    expect(asked(1_000_000)).toEqual([
      '1000 clients, 30000 grants, 1000 revocations',
      '100000 clients, 30000 revocations',
      '1000000 clients, 1000000 grants, 1000000 revocations',
    ]);
  });

  it('grows to no more than is asked for', () => {
    expect(asked(20_000)).toEqual(['1000 clients, 1000 revocations', '20000 clients, 20000 grants, 20000 revocations']);
    expect(() => stagesOf(1000)).toThrow('Many are more than 1000.');
  });

  it('is asked in every row at both ends, and in between where something is looked up', () => {
    const names = (of: typeof QUESTIONS): string[] => of.map(({ name }) => name);
    const between = [
      ...['client_credentials ES256', 'code exchange', 'refresh', 'introspection'],
      ...['guarded GET, 1 token, ES256', 'guarded GET, 1,000 tokens in turn, ES256'],
    ];
    expect(names(QUESTIONS.filter((question) => question.between))).toEqual(between);
    expect(names(QUESTIONS.filter((question) => !question.between))).toEqual([
      ...['client_credentials RS256', 'JWKS', 'discovery'],
    ]);
  });
});
