/** Owns the schemas of text: one word of a few, a URI, and what people write and others read. Does not own what any of it means. */
import Type from 'typebox';
import { MUST_BE } from './form.js';

export const wordSchema = <const Word extends string>(words: readonly Word[], options: object = {}) =>
  Type.Unsafe<Word>({ type: 'string', enum: [...words], ...options });

/** Not checked: that it is one. The rules say so, and of which kind. */
export const uriSchema = (description: string, examples: readonly string[] = ['https://app.example.com/']) =>
  Type.String({ description, format: 'uri', minLength: 1, maxLength: 2000, examples });

/**
 * No control characters (PostgreSQL's text cannot hold U+0000), no half of a surrogate pair, and nothing that turns the order
 * of what follows around (U+202A–202E, U+2066–2069): what people read is what was written.
 */
export const plainTextSchema = (options: {
  readonly description: string;
  readonly maxLength: number;
  readonly examples?: readonly string[];
}) =>
  Type.String({
    ...options,
    minLength: 1,
    pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f\\u202a-\\u202e\\u2066-\\u2069\\ud800-\\udfff]*$',
    [MUST_BE]: 'text without control characters',
  });
