/** Owns the walk through a list, page by page. Does not own any list. */
import type { Answered } from './sender.js';

export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

/**
 * Every item of a list, asking for a page when it is reached: `for await (const client of each(admin.listClients)) …`.
 * Rows that come and go meanwhile neither repeat nor hide another.
 * @param input filters, and `limit` for the size of a page
 * @throws AdminProblem
 */
export async function* each<T, Input extends { readonly after?: string } | undefined>(
  list: (input: Input) => Promise<Answered<Page<T>>>,
  input: NonNullable<NoInfer<Input>>,
): AsyncGenerator<T, void, undefined> {
  let page = (await list(input)).resource;
  for (;;) {
    yield* page.items;
    if (page.next === null) return;
    page = (await list({ ...input, after: page.next })).resource;
  }
}
