/** Owns what is typed after the name of a command: which options there are, `--help`, whole numbers. Does not own what they are for. */
import { parseArgs, type ParseArgsConfig } from 'node:util';

type AnyOptions = NonNullable<ParseArgsConfig['options']>;

interface Command<Options extends AnyOptions> {
  /** As it is typed: `npm run bench`. */
  readonly command: string;
  /** What it does, how long it takes, and when it fails. */
  readonly does: string;
  readonly options: Options;
  /** What each option is for. */
  readonly words: { readonly [Name in keyof Options]: string };
}

type Values<Options extends AnyOptions> = ReturnType<typeof parseArgs<{ options: Options }>>['values'];

/** Ends the process where help is asked for, and where something is asked for that there is not. */
export function argumentsOf<Options extends AnyOptions>(asked: Command<Options>): Values<Options> {
  if (process.argv.includes('--help')) {
    process.stdout.write(usageOf(asked));
    process.exit(0);
  }
  try {
    return parseArgs<{ options: Options }>({ options: asked.options }).values;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usageOf(asked)}`);
    process.exit(2);
  }
}

/** From 1 to 99,999,999. @throws Error for anything else */
export function wholeNumber(name: string, text: string): number {
  if (!/^[1-9][0-9]{0,7}$/.test(text)) throw new Error(`--${name} is a whole number from 1 on`);
  return Number(text);
}

export function usageOf<Options extends AnyOptions>({ command, does, options, words }: Command<Options>): string {
  const lines = Object.entries(options).map(([name, { type, default: unless }]) => {
    const typed = type === 'boolean' ? `--${name}` : `--${name} …`;
    return [typed, `${words[name] ?? ''}${typeof unless === 'string' && unless !== '' ? ` (${unless})` : ''}`] as const;
  });
  const width = Math.max(...lines.map(([typed]) => typed.length));
  return `${[`${command} [-- OPTIONS]`, '', does, '', ...lines.map(([typed, is]) => `  ${typed.padEnd(width)}  ${is}`)].join('\n')}\n`;
}
