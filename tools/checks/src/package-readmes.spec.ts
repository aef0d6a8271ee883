// What the READMEs of the published packages say, held to the packages: a third party has nothing else to read.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { feedAclRules } from '@latchkey/tokens/redis';
import { ROOT } from './workspace.js';

const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const guard = read('libs/resource-guard/README.md');
const tokens = read('libs/tokens/README.md');

describe('STYLE §13 the READMEs that npm shows', () => {
  it.each([
    ['resource-guard', guard],
    ['tokens', tokens],
    ['admin-client', read('libs/admin-client/README.md')],
  ])('have no relative link, which would be dead there: %s', (_name, text) => {
    expect(text).not.toMatch(/\]\((?!https:)/);
  });

  it('give the Redis user exactly the rules that a guard needs', () => {
    expect(guard).toContain(`ACL SETUSER orders on >the-password ${feedAclRules('orders').join(' ')}\n`);
  });

  it('name every option of the guard and of its module', () => {
    const declared = ['resource-guard.ts', 'nest/module-options.ts'].flatMap((file) => {
      const text = read(`libs/resource-guard/src/${file}`).split('export interface GuardStatus')[0] ?? '';
      return [...text.matchAll(/^\s+readonly (\w+)\??:/gm)].map(([, name]) => name);
    });
    expect(declared).toEqual(
      expect.arrayContaining(['issuer', 'watermarkIntervalMs', 'maxLifetimeSeconds', 'feedRedisUrl']),
    );
    expect(declared.filter((name) => !guard.includes(`\`${String(name)}\``))).toEqual([]);
  });

  it('name every room of tokens, and none that is not there', () => {
    const rooms = readdirSync(join(ROOT, 'libs/tokens/src'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !['test', 'testing'].includes(entry.name))
      .map(({ name }) => name);
    const named = [...tokens.matchAll(/`([a-z-]+)\/`/g)].map(([, name]) => name);
    expect(named.toSorted()).toEqual(rooms.toSorted());
  });
});
