import { describe, expect, it } from '@jest/globals';
import { usageOf, wholeNumber } from './arguments.js';

describe('what is typed after the name of a command', () => {
  it('is told with what each option is for, and what holds when it is left out', () => {
    const usage = usageOf({
      command: 'npm run work',
      does: 'Works.',
      options: { quick: { type: 'boolean', default: false }, rows: { type: 'string', default: '10' } },
      words: { quick: 'a look', rows: 'how many' },
    });
    expect(usage.split('\n')).toEqual([
      'npm run work [-- OPTIONS]',
      '',
      'Works.',
      '',
      '  --quick   a look',
      '  --rows …  how many (10)',
      '',
    ]);
  });

  it.each(['0', '-1', '1.5', '1e3', '', 'many', '123456789'])('is no whole number: %j', (text) => {
    expect(() => wholeNumber('rows', text)).toThrow('--rows is a whole number from 1 on');
  });

  it('is a whole number', () => {
    expect(wholeNumber('rows', '1000000')).toBe(1_000_000);
  });
});
