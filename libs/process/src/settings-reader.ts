/**
 * Owns the reading of a table of settings from an environment: each NAME, or the file that NAME_FILE names; every fault
 * collected. Does not own which settings there are, nor which of them contradict each other.
 */
import type { Parse } from './setting-values.js';

/** One row of docs/configuration.md. */
export interface Setting {
  readonly name: string;
  readonly meaning: string;
  /** As it would be written in the environment. */
  readonly default?: string;
  readonly unit?: string;
  /** Never shown, never logged. */
  readonly secret?: boolean;
  /** Refuses to start without it. */
  readonly required?: boolean;
}

export type Row<T> = Setting & {
  readonly parse: Parse<T>;
  /** A file is read without the white space around what it holds, unless lines are counted in it. */
  readonly asWritten?: boolean;
};
export type Table = Readonly<Record<string, Row<unknown>>>;

export type Environment = Readonly<Record<string, string | undefined>>;
export type ReadFile = (path: string) => string;

/** Everything that is wrong with the configuration, at once. Names settings, never their secret values. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  constructor(readonly faults: readonly string[]) {
    super(`The configuration cannot be used:\n${faults.map((fault) => `  * ${fault}`).join('\n')}`);
  }
}

/** An empty variable is no variable: compose files and shells cannot always leave one out. */
const present = (text: string | undefined): text is string => text !== undefined && text !== '';

export class SettingsReader {
  /** A set: reading a setting twice is one fault. */
  readonly #faults = new Set<string>();

  constructor(
    private readonly environment: Environment,
    private readonly readFile: ReadFile,
  ) {}

  /** Notes every fault of every row: absent though required, or not in its form. */
  check(rows: readonly Row<unknown>[]): void {
    for (const row of rows) {
      const before = this.#faults.size;
      if (this.read(row) !== undefined || row.required !== true || this.#faults.size > before) continue;
      this.fault(`${row.name} is missing; give ${row.name} or ${row.name}_FILE. ${row.meaning}`);
    }
  }

  fault(sentence: string): void {
    this.#faults.add(sentence);
  }

  /** @throws ConfigurationError when anything was noted */
  refuseFaults(): void {
    if (this.#faults.size > 0) throw new ConfigurationError([...this.#faults]);
  }

  /** Its value or its default; undefined when it is absent or faulty (and the fault is noted). */
  read<T>(row: Row<T>): T | undefined {
    const text = this.#text(row) ?? row.default;
    if (text === undefined) return undefined;
    const parsed = row.parse(text);
    if ('value' in parsed) return parsed.value;
    this.fault(`${row.name}${this.isFromFile(row) ? '_FILE names a file that' : ''} ${parsed.mustBe}`);
    return undefined;
  }

  isFromFile({ name }: Setting): boolean {
    return present(this.environment[`${name}_FILE`]);
  }

  /** The value of a setting that has a default or was checked as required. */
  value<T>(row: Row<T>): T {
    const value = this.read(row);
    if (value === undefined) throw new ConfigurationError([...this.#faults, `${row.name} is missing`]);
    return value;
  }

  /** A pair of settings of which one is useless without the other. */
  pair<A, B>(left: Row<A>, right: Row<B>): readonly [A, B] | undefined {
    const [a, b] = [this.read(left), this.read(right)];
    if (a !== undefined && b !== undefined) return [a, b];
    for (const [row, other] of [[left, right] as const, [right, left] as const]) {
      if (this.#text(row) === undefined || this.#text(other) !== undefined) continue;
      this.fault(`${row.name} is given without ${other.name}; give both or neither`);
    }
    return undefined;
  }

  #text({ name, asWritten = false }: Row<unknown>): string | undefined {
    const direct = this.environment[name];
    const path = this.environment[`${name}_FILE`];
    if (present(direct) && present(path)) {
      this.fault(`${name} and ${name}_FILE are both given; give one of them`);
      return undefined;
    }
    if (!present(path)) return present(direct) ? direct : undefined;
    try {
      const written = this.readFile(path);
      const content = written.trim();
      if (content === '') this.fault(`the file that ${name}_FILE names is empty`);
      return content === '' ? undefined : asWritten ? written : content;
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
      this.fault(`the file that ${name}_FILE names cannot be read (${code})`);
      return undefined;
    }
  }
}

/** What the documents show of a table: everything but the parser. */
export const settingsOf = (table: Table): readonly Setting[] =>
  Object.values(table).map((row) =>
    Object.assign({ name: row.name, meaning: row.meaning }, pick(row, 'default', 'unit', 'secret', 'required')),
  );

const pick = (row: Setting, ...names: readonly (keyof Setting)[]): Partial<Setting> =>
  Object.fromEntries(names.flatMap((name) => (row[name] === undefined ? [] : [[name, row[name]]])));
