// Owns: adding up what each project's jest has reported. Does not own: running jest, deciding what is printed elsewhere.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

export interface TestFigures {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** One line each: where, which and what was said. */
  readonly failures: readonly string[];
}

const LONGEST_LINE = 1_000;

/** Where and which on the first line, what was said on the rest. Without colours, and without the stack, whose lines begin with `at`. */
function oneLine(failure: string): string {
  const lines = stripVTControlCharacters(failure)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^at .*[:)]/.test(line));
  return lines.join(' | ').slice(0, LONGEST_LINE);
}

function parse(text: string): TestFigures {
  const value = Object(JSON.parse(text)) as Record<string, unknown>;
  const { passed, failed, skipped, failures } = value;
  if (
    typeof passed !== 'number' ||
    typeof failed !== 'number' ||
    typeof skipped !== 'number' ||
    !Array.isArray(failures)
  ) {
    throw new Error(`a test report that cannot be read: ${text.slice(0, 200)}`);
  }
  return { passed, failed, skipped, failures: failures.map((failure) => oneLine(String(failure))) };
}

/** The sum over all reports in the folder; zeros when there is none. */
export function addUpFigures(folder: string): TestFigures {
  const reports = readdirSync(folder).map((name) => parse(readFileSync(join(folder, name), 'utf8')));
  return {
    passed: reports.reduce((sum, report) => sum + report.passed, 0),
    failed: reports.reduce((sum, report) => sum + report.failed, 0),
    skipped: reports.reduce((sum, report) => sum + report.skipped, 0),
    failures: reports.flatMap((report) => report.failures),
  };
}

/**
 * The failed count and the reasons that no test names: a runner that failed without a failed test, nothing run at all, or a
 * skipped test, which counts as a failure because nothing here is skipped in silence.
 */
export function judge(figures: TestFigures, runnerExitCode: number | null): { failed: number; reasons: string[] } {
  const reasons: string[] = [];
  if (figures.skipped > 0) reasons.push(`${figures.skipped} skipped: a test is either run or removed`);
  let failed = figures.failed + figures.skipped;
  if (failed === 0 && runnerExitCode !== 0) {
    failed = 1;
    reasons.push(
      `the runner ended with ${String(runnerExitCode ?? 'a signal')} though no test failed: see its output above`,
    );
  }
  if (failed === 0 && figures.passed === 0) {
    failed = 1;
    reasons.push('no test ran');
  }
  return { failed, reasons };
}
