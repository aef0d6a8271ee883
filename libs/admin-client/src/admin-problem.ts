/** Owns a refusal of the admin API as an Error: problem details (RFC 9457). Does not own when one is due. */

/** One thing that is not right: where (a JSON Pointer, RFC 6901), and what. */
export interface Fault {
  readonly pointer: string;
  readonly detail: string;
}

export class AdminProblem extends Error {
  override readonly name = 'AdminProblem';

  constructor(
    /** Of HTTP. */
    readonly status: number,
    /** For people. */
    readonly detail: string,
    /** Every fault of the request at once; empty unless the status is 400. */
    readonly errors: readonly Fault[],
    /** Retry-After, ETag and what else came with it. */
    readonly headers: Headers,
  ) {
    super([`${status}: ${detail}`, ...errors.map((fault) => `${fault.pointer} ${fault.detail}`)].join('\n  '));
  }

  /** In how many seconds it is worth to ask again; undefined when nobody said. */
  get retryAfterSeconds(): number | undefined {
    const value = this.headers.get('retry-after');
    return value !== null && /^[0-9]{1,9}$/.test(value) ? Number(value) : undefined;
  }

  /** Whatever was answered; a proxy on the way may have had other words. */
  static async of(response: Response): Promise<AdminProblem> {
    const document = await jsonIn(response);
    const { detail, errors } = document;
    return new AdminProblem(
      response.status,
      typeof detail === 'string' ? detail : response.statusText,
      Array.isArray(errors) ? errors.filter(isFault) : [],
      response.headers,
    );
  }
}

const isFault = (value: unknown): value is Fault =>
  typeof value === 'object' &&
  value !== null &&
  'pointer' in value &&
  typeof value.pointer === 'string' &&
  'detail' in value &&
  typeof value.detail === 'string';

/** The members of a JSON object; none of anything else. */
export async function jsonIn(response: Response): Promise<Readonly<Record<string, unknown>>> {
  try {
    const value: unknown = JSON.parse(await response.text());
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
