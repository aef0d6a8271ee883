/** Owns what every list has in common (admin-api.md A5): its query, its form, and the opaque place where a page ended. */
import Type, { type TSchema } from 'typebox';
import { Problem } from './problem.js';

export const DEFAULT_LIMIT = 50;
/** admin-api.md A5. */
const LONGEST_PAGE = 200;

export const ListQuery = Type.Object(
  {
    limit: Type.Optional(
      Type.Integer({
        description: `How many at most, from 1 to ${LONGEST_PAGE}; ${DEFAULT_LIMIT} if absent.`,
        ...{ minimum: 1, maximum: LONGEST_PAGE, default: DEFAULT_LIMIT },
      }),
    ),
    after: Type.Optional(
      Type.String({ description: 'What the page before gave as next.', minLength: 1, maxLength: 500 }),
    ),
  },
  { additionalProperties: false },
);

export const listOf = <S extends TSchema>(item: S) =>
  Type.Object(
    {
      items: Type.Array(item, { description: 'In the order of the list.' }),
      next: Type.Unsafe<string | null>({
        type: ['string', 'null'],
        description: 'To be sent as after; null on the last page.',
        examples: [null],
      }),
    },
    { additionalProperties: false },
  );

/** Where a page ended: a time, and an id among those of the same time. */
export interface Place {
  readonly at: number;
  readonly id: string;
}

/** Opaque to whoever asks. */
export const cursorOf = ({ at, id }: Place): string => Buffer.from(`${at}.${id}`, 'utf8').toString('base64url');

/**
 * @param id what ids of this list look like
 * @throws Problem 400 for anything that cursorOf has not written
 */
export function placeOf(after: string, id: Pick<RegExp, 'test'>): Place {
  const [at = '', last = '', more] = Buffer.from(after, 'base64url').toString('utf8').split('.');
  if (more !== undefined || !/^[0-9]{1,15}$/.test(at) || !id.test(last)) {
    throw Problem.ofFaults([{ pointer: '/after', detail: 'in the query: must be what a page before gave as next' }]);
  }
  return { at: Number(at), id: last };
}

export const UUID_PATTERN = '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$';
