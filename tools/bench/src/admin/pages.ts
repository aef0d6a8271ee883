/**
 * Owns the measurement of A5, "with a million rows as fast as with ten": each page of each list is asked for with few rows and
 * with many in turn, so that whatever disturbs this machine disturbs both. Does not own what is made of it (comparison).
 */
import type { Fleet, Progress } from '@latchkey/stack';
import { AdminApi } from './admin-api.js';
import type { Comparison } from './comparison.js';
import { LISTS, PAGES, pagesOf, type Page } from './lists.js';

const WARM_UP = 30;
const PAGE = 50;
const SIDES = ['few', 'many', 'fifty'] as const;
type Side = (typeof SIDES)[number];

interface Asked extends Comparison {
  readonly pages: Readonly<Record<Side, Page>>;
}

export interface Fleets {
  readonly few: Fleet;
  readonly many: Fleet;
}

export async function pageLatencies(
  fleets: Fleets,
  samples: number,
  progress: Progress,
): Promise<readonly Comparison[]> {
  const [few, many] = [await AdminApi.of(fleets.few, 1), await AdminApi.of(fleets.many, 1)];
  const apis = { few, many, fifty: many };
  try {
    const asked = await allPages(fleets);
    for (const { pages } of asked) for (const side of SIDES) await mustBeRight(apis[side], pages[side]);
    const step = progress.of('asking for each page', WARM_UP + samples);
    for (let n = 0; n < WARM_UP + samples; n += 1) {
      for (const { pages, ...took } of asked) {
        for (const side of n % 2 === 0 ? SIDES : SIDES.toReversed()) {
          const { milliseconds } = await apis[side].ask(pages[side].path, [200]);
          if (n >= WARM_UP) took[side].push(milliseconds);
        }
      }
      step(n + 1);
    }
    return asked;
  } finally {
    few.end();
    many.end();
  }
}

async function allPages(fleets: Fleets): Promise<readonly Asked[]> {
  const asked: Asked[] = [];
  for (const list of LISTS) {
    const few = await pagesOf(fleets.few, list, PAGE);
    const many = await pagesOf(fleets.many, list, few.first.items);
    const fifty = await pagesOf(fleets.many, list, PAGE);
    for (const page of PAGES) {
      const pages = { few: few[page], many: many[page], fifty: fifty[page] };
      asked.push({ what: `${list.name} ${page} page`, few: [], many: [], fifty: [], pages });
    }
  }
  return asked;
}

/** A page that is fast because there is nothing on it is no measurement. @throws Error */
async function mustBeRight(api: AdminApi, { path, items: wanted, isLast }: Page): Promise<void> {
  const { body } = await api.ask(path, [200]);
  const { items, next } = Object(JSON.parse(body)) as Record<string, unknown>;
  const found = Array.isArray(items) ? items.length : Number.NaN;
  if (found === wanted && (next === null) === isLast) return;
  throw new Error(`${path} holds ${found} rows instead of ${wanted}, and next is ${String(next)}.`);
}
