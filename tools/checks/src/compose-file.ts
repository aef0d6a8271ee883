// Owns: docker-compose.yml as a value, the way Compose would see it with nothing set. Does not own: any judgement on it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ROOT } from './workspace.js';

export interface ComposeService {
  readonly image: string;
  readonly user?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

/** `${NAME:-default}` as it is when NAME is not set. */
const withDefaults = (text: string): string => text.replaceAll(/\$\{[A-Z_]+:-([^}]*)\}/g, '$1');

export const composeText = (): string => readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8');
/** Compose, too, fills them in after it has read the file: an empty default is an empty text, and nothing else. */
export const composeFile = (): ComposeFile =>
  parse(composeText(), (_key, value: unknown) => (typeof value === 'string' ? withDefaults(value) : value), {
    merge: true,
  }) as ComposeFile;
