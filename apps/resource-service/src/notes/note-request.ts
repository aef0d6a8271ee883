/** Owns what a request to write a note must look like. Does not own the answer. */
import { Ajv } from 'ajv';
import { type Static, Type } from 'typebox';

/** U+0000 and lone surrogates have no place in a PostgreSQL text: what was acknowledged would not be what is kept. */
const NoteRequestSchema = Type.Object(
  { text: Type.String({ minLength: 1, maxLength: 10_000, pattern: '^[^\\u0000\\uD800-\\uDFFF]*$' }) },
  { additionalProperties: false },
);
export type NoteRequest = Static<typeof NoteRequestSchema>;

const matches = new Ajv({ allErrors: false }).compile<NoteRequest>(NoteRequestSchema);

export type ParsedNoteRequest = { readonly value: NoteRequest } | { readonly fault: string };

/** The fault names the place and the rule, never the content. Lengths count Unicode code points. */
export function parseNoteRequest(body: unknown): ParsedNoteRequest {
  if (matches(body)) return { value: body };
  const [error] = matches.errors ?? [];
  return { fault: `${error?.instancePath.slice(1) || 'the body'} ${error?.message ?? 'is not as it must be'}` };
}
