/**
 * Owns which lists are asked for, and where their pages begin: the places of rows, found by SQL in the order of the list and
 * written as http/list and users/text-cursor write them. Does not own the asking (pages).
 */
import type { Fleet } from '@latchkey/stack';
import { OWNER_ASKED_FOR } from './seeds.js';

export interface List {
  readonly name: string;
  /** With a query, to which the page is added. */
  readonly path: string;
  /** Columns `rank`, from 1 in the order of the list, and `place`. */
  readonly places: string;
  /** A place before the first row. */
  readonly beginning: string;
}

const milliseconds = (column: string): string => `round(extract(epoch FROM ${column}) * 1000)::bigint`;
/** The last second of the year 9999: later than any row. */
const LATEST = '253402300799000';
const { prefix, sub, actor } = OWNER_ASKED_FOR;

export const LISTS: readonly List[] = [
  {
    name: '/clients',
    path: '/admin/v1/clients?',
    places: `SELECT row_number() OVER (ORDER BY created_at, client_id) AS rank,
        ${milliseconds('created_at')} || '.' || client_id AS place
      FROM auth.clients WHERE deleted_at IS NULL`,
    beginning: `0.${'0'.repeat(32)}`,
  },
  {
    name: '/users?prefix=',
    path: `/admin/v1/users?prefix=${prefix}`,
    places: `SELECT row_number() OVER (ORDER BY normalized_username COLLATE "C") AS rank, '=' || normalized_username AS place
      FROM auth.users WHERE starts_with(normalized_username, '${prefix}')`,
    beginning: `=${prefix}`,
  },
  {
    name: '/grants?sub=',
    path: `/admin/v1/grants?sub=${sub}`,
    places: `SELECT row_number() OVER (ORDER BY created_at DESC, grant_id DESC) AS rank,
        ${milliseconds('created_at')} || '.' || grant_id AS place
      FROM auth.grants WHERE sub = '${sub}'`,
    beginning: `${LATEST}.${sub}`,
  },
  {
    name: '/audit-events?actor=',
    path: `/admin/v1/audit-events?actor=${actor}`,
    places: `SELECT row_number() OVER (ORDER BY at DESC, id DESC) AS rank, ${milliseconds('at')} || '.' || id AS place
      FROM auth.audit_events WHERE actor = '${actor}'`,
    beginning: `${LATEST}.1`,
  },
];

export const PAGES = ['first', 'middle', 'last'] as const;
export type PageName = (typeof PAGES)[number];

export interface Page {
  readonly path: string;
  readonly items: number;
  readonly isLast: boolean;
}

/** @param limit a list that is no longer has one page, which is asked for in three ways */
export async function pagesOf(fleet: Fleet, list: List, limit: number): Promise<Readonly<Record<PageName, Page>>> {
  const [row] = await fleet.query(`SELECT count(*)::integer AS rows FROM (${list.places}) places`, []);
  const rows = Number(row?.['rows']);
  const path = `${list.path}${list.path.endsWith('?') ? '' : '&'}limit=${limit}`;
  /** @param skipped how many rows stand before it */
  const extent = (skipped: number): Omit<Page, 'path'> => ({
    items: Math.min(limit, rows - skipped),
    isLast: rows - skipped <= limit,
  });
  const pageAfter = async (skipped: number): Promise<Page> => {
    const place = skipped === 0 ? list.beginning : await placeOf(fleet, list, skipped);
    const after = Buffer.from(place, 'utf8').toString('base64url');
    return { path: `${path}&after=${after}`, ...extent(skipped) };
  };
  return {
    first: { path, ...extent(0) },
    middle: await pageAfter(rows > limit ? Math.floor(rows / 2) : 0),
    last: await pageAfter(Math.max(0, rows - limit)),
  };
}

async function placeOf(fleet: Fleet, { name, places }: List, rank: number): Promise<string> {
  const [row] = await fleet.query(`SELECT place FROM (${places}) places WHERE rank = $1`, [rank]);
  const place = row?.['place'];
  if (typeof place !== 'string') throw new Error(`${name} has no row ${rank}.`);
  return place;
}
