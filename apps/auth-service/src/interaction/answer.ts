/**
 * Owns what the pages answer, as plain data, and what a visit brings. Does not own Fastify (page-writer carries these).
 */
import type { RateLimit } from '@latchkey/protocol';
import type { Form } from './form.js';
import type { Page } from './page.js';

export interface Visit {
  /** Values of the two cookies, if they are there and well-formed. */
  readonly browser: string | undefined;
  readonly session: string | undefined;
  /** The network address of the person. */
  readonly address: string;
  readonly form: Form;
  /** What stands in the URL, read alike. */
  readonly query: Form;
  /** False when the browser itself says that another site sent this request. */
  readonly fromHere: boolean;
}

export interface PageAnswer {
  readonly status: number;
  readonly page: Page;
  readonly retryAfterSeconds?: number;
  /** Refused because of this limit; it says when to come back. */
  readonly limit?: RateLimit;
  readonly setCookies?: readonly string[];
}

export interface RedirectAnswer {
  /** Always with 303: RFC 9700 §4.12, a form with a password is never repeated elsewhere as 307 would. */
  readonly location: string;
  readonly setCookies: readonly string[];
}

export type Answer = PageAnswer | RedirectAnswer;

export const redirectTo = (location: string, ...setCookies: readonly string[]): RedirectAnswer => ({
  location,
  setCookies,
});
