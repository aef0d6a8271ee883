import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { addUpFigures, judge } from './test-figures.js';

const figures = (passed: number, failed = 0, skipped = 0) => ({ passed, failed, skipped, failures: [] });

describe('DESIGN §2, what npm test counts as a failure', () => {
  it('refuses a run of nothing', () => {
    expect(judge(figures(0), 0)).toEqual({ failed: 1, reasons: ['no test ran'] });
  });

  it('refuses a runner that failed though no test did', () => {
    expect(judge(figures(5), 1).failed).toBe(1);
    expect(judge(figures(5), null).failed).toBe(1);
  });

  it('refuses a skipped test', () => {
    expect(judge(figures(5, 0, 2), 0).failed).toBe(2);
  });

  it('adds the reports of all projects up', () => {
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-spec-'));
    writeFileSync(join(folder, 'a.json'), JSON.stringify({ ...figures(3, 1), failures: ['a: one'] }));
    writeFileSync(join(folder, 'b.json'), JSON.stringify(figures(4)));
    const sum = addUpFigures(folder);
    rmSync(folder, { recursive: true });
    expect(sum).toEqual({ passed: 7, failed: 1, skipped: 0, failures: ['a: one'] });
    expect(judge(sum, 1)).toEqual({ failed: 1, reasons: [] });
    expect(judge(figures(7), 0)).toEqual({ failed: 0, reasons: [] });
  });

  it('says of each failure in one line what was expected, without colours and stack', () => {
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-spec-'));
    const failure =
      'a.spec.ts: a title\nError: \u001b[2mexpect(\u001b[22mgiven)\n\n  Received: 3\n    at Object.<anonymous> (a.ts:1:2)';
    writeFileSync(join(folder, 'a.json'), JSON.stringify({ ...figures(0, 1), failures: [failure, 'x'.repeat(5_000)] }));
    const [said, long] = addUpFigures(folder).failures;
    rmSync(folder, { recursive: true });
    expect(said).toBe('a.spec.ts: a title | Error: expect(given) | Received: 3');
    expect(long).toHaveLength(1_000);
  });

  it('refuses a report that cannot be read', () => {
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-spec-'));
    writeFileSync(join(folder, 'a.json'), '{}');
    expect(() => addUpFigures(folder)).toThrow('cannot be read');
    rmSync(folder, { recursive: true });
  });
});
