import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fleetingFolder } from './fleeting-folder.js';

const GIBIBYTE = 1024 ** 3;

describe('where data lie that nobody keeps', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'latchkey-spec-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('is the one in memory where memory is plenty', () => {
    expect(fleetingFolder(folder, 4 * GIBIBYTE)).toBe(folder);
  });

  it('is the temporary folder where memory is short, or there is no such folder', () => {
    expect(fleetingFolder(folder, 4 * GIBIBYTE - 1)).toBe(tmpdir());
    expect(fleetingFolder(join(folder, 'nowhere'), 64 * GIBIBYTE)).toBe(tmpdir());
  });

  it('is the temporary folder where a file system is too small', () => {
    // The pseudo file systems of the kernel have no room at all.
    expect(fleetingFolder('/proc', 64 * GIBIBYTE)).toBe(tmpdir());
  });
});
