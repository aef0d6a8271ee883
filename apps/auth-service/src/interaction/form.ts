/**
 * Owns the reading of the forms that our own pages send. Does not own the parameters of OAuth (protocol reads those).
 */

const FORM_TYPE = /^application\/x-www-form-urlencoded\s*(;|$)/i;

export class Form {
  private constructor(private readonly fields: URLSearchParams) {}

  /** Anything that is no form is an empty one: it then fails for want of its token. */
  static read(contentType: string | undefined, body: unknown): Form {
    const isForm = contentType !== undefined && FORM_TYPE.test(contentType) && typeof body === 'string';
    return new Form(new URLSearchParams(isForm ? body : ''));
  }

  /** @param query as it stands in the URL, without `?` */
  static ofQuery(query: string): Form {
    return new Form(new URLSearchParams(query));
  }

  /** The value of a field that stands exactly once; a repeated field has no value. */
  value(name: string): string {
    const values = this.fields.getAll(name);
    return values.length === 1 ? (values[0] ?? '') : '';
  }

  /** Was this button pressed? */
  has(button: string): boolean {
    return this.fields.has(button);
  }
}
