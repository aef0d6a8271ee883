// Owns: docs/configuration.md, made from the settings that the services read. Does not own: any setting.
import { settings as authService, type Setting } from '@latchkey/auth-service/config';
import { settings as resourceService } from '@latchkey/resource-service/config';

const HEAD = `# Configuration

Made from the services' own tables of settings by \`npm run docs\`; not written by hand.

Every setting is an environment variable. Each may also be given as \`NAME_FILE\`, the path of a file that holds it, and not as both. Whatever is wrong is said
at once, before anything starts: a setting that is missing or not in its form, and two settings that contradict each other. No message repeats a secret.
`;

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

const row = (setting: Setting): string => {
  const given =
    setting.required === true ? '**required**' : setting.default === undefined ? '—' : `\`${setting.default}\``;
  const name = `\`${setting.name}\`${setting.secret === true ? ' (secret)' : ''}`;
  return `| ${[name, given, setting.unit ?? '', setting.meaning].map(cell).join(' | ')} |`;
};

const table = (title: string, settings: readonly Setting[]): string =>
  [
    `## ${title}`,
    '',
    '| name | default | unit | meaning |',
    '| --- | --- | --- | --- |',
    ...settings.map(row),
    '',
  ].join('\n');

export const configurationDocument = (): string =>
  [HEAD, table('auth-service', authService), table('resource-service', resourceService)].join('\n');
