/** Owns the OpenAPI document as the admin server gives it, with nothing behind it. Does not own what must hold of it. */
import { adminBench } from './admin-bench.js';

/** Under the addresses that are the defaults. */
export async function adminDocument(): Promise<unknown> {
  const bench = await adminBench();
  try {
    return (await bench.ask('GET', '/admin/openapi.json', { authorization: null })).json;
  } finally {
    await bench.close();
  }
}
