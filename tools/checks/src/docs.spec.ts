import { describe, expect, it } from '@jest/globals';
import { settings as authService } from '@latchkey/auth-service/config';
import { settings as resourceService } from '@latchkey/resource-service/config';
import { configurationDocument } from './configuration-document.js';
import { differenceOf } from './difference.js';
import { runInWorkspace } from './workspace.js';

describe('STYLE §14 generated documents', () => {
  it('see a line that changed, one that is gone and one that is new', () => {
    expect(differenceOf('a\nb\nc', 'a\nB\nc\nd')).toBe('- b\n+ B\n+ d');
    expect(differenceOf('a\nb', 'b\na')).toContain('another order');
    expect(differenceOf('a', 'a')).toBeUndefined();
  });

  it('hold every setting of both services, and no secret has a default', () => {
    const document = configurationDocument();
    for (const { name, secret, ...setting } of [...authService, ...resourceService]) {
      expect(document).toContain(`| \`${name}\``);
      if (secret === true) expect(setting).not.toHaveProperty('default');
    }
  });

  it('are current', async () => {
    expect(await runInWorkspace(process.execPath, ['tools/checks/docs.mjs', '--check'])).toMatchObject({
      code: 0,
      stderr: '',
    });
  }, 300_000);
});
