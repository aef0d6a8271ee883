/** Owns the schemas of text: one word of a few, and what people write and others read. Does not own what any of it means. */
import Type from 'typebox';
import { MUST_BE } from './form.js';

export const wordSchema = <const Word extends string>(words: readonly Word[], options: object = {}) =>
  Type.Unsafe<Word>({ type: 'string', enum: [...words], ...options });

/** No control characters (PostgreSQL's text cannot hold U+0000) and no half of a surrogate pair. */
export const plainTextSchema = (options: { readonly description: string; readonly maxLength: number }) =>
  Type.String({
    ...options,
    minLength: 1,
    pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f\\ud800-\\udfff]*$',
    [MUST_BE]: 'text without control characters',
  });
