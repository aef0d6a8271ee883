/**
 * Owns the error that the admin API answers with: problem details (RFC 9457), and the schema that documents them.
 * Does not own when one is due.
 */
import { STATUS_CODES } from 'node:http';
import Type, { type Static } from 'typebox';

export const FaultSchema = Type.Object(
  {
    pointer: Type.String({ description: 'Where: a JSON Pointer (RFC 6901) into the body, or /name of a parameter.' }),
    detail: Type.String({ description: 'What is wrong there.' }),
  },
  { title: 'Fault', description: 'One thing that is not right.', additionalProperties: false },
);
export type Fault = Static<typeof FaultSchema>;

export const PROBLEM_TYPE = 'application/problem+json';

export const ProblemSchema = Type.Object(
  {
    type: Type.String({ description: 'about:blank: the status says which kind of problem it is.' }),
    title: Type.String({ description: 'The phrase of the status.' }),
    status: Type.Integer({ description: 'The status of the answer.', minimum: 400, maximum: 599 }),
    detail: Type.String({ description: 'For whoever reads it.' }),
    errors: Type.Optional(Type.Array(FaultSchema, { description: 'Every fault of the request, at once.' })),
  },
  { title: 'Problem', description: 'Problem details (RFC 9457).', additionalProperties: false },
);

/** A hostile body could have a million faults; nobody reads more than these. */
const MOST_FAULTS = 100;

export class Problem extends Error {
  override readonly name = 'Problem';
  /**
   * @param detail public: for the person who reads the answer. No stack, SQL or name of a class (admin-api.md A4)
   * @param headers what the status asks for besides: Allow, WWW-Authenticate, Retry-After
   */
  constructor(
    readonly status: number,
    readonly detail: string,
    readonly headers: Readonly<Record<string, string>> = {},
    readonly errors?: readonly Fault[],
  ) {
    super(detail);
  }

  /** 400 with every fault, of form and of meaning. */
  static ofFaults(faults: readonly Fault[]): Problem {
    const shown = faults.slice(0, MOST_FAULTS);
    const more = faults.length - shown.length;
    const detail =
      faults.length === 1
        ? 'one thing in the request is not right'
        : `${faults.length} things in the request are not right${more > 0 ? `; the first ${MOST_FAULTS} are shown` : ''}`;
    return new Problem(400, detail, {}, shown);
  }

  /** RFC 9457 §3.1; §4.2.1: with about:blank the title "SHOULD be the same as the recommended HTTP status phrase". */
  document(): Static<typeof ProblemSchema> {
    return {
      type: 'about:blank',
      title: STATUS_CODES[this.status] ?? 'Error',
      status: this.status,
      detail: this.detail,
      ...(this.errors === undefined ? {} : { errors: [...this.errors] }),
    };
  }
}

/** The same whether it never existed or is not yours to see (admin-api.md A7). */
export const nothingHere = (): Problem => new Problem(404, 'there is nothing here');
