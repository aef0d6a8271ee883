/**
 * Owns the sentences of the pages that end or interrupt an interaction. Does not own when they are shown.
 */
import type { OAuthError } from '@latchkey/protocol';
import type { PageAnswer } from './answer.js';
import type { ProblemPage } from './page.js';

function problem(
  status: number,
  heading: string,
  sentence: string,
  more: Partial<Pick<ProblemPage, 'code' | 'detail' | 'retry'>> = {},
): PageAnswer {
  const page: ProblemPage = {
    template: 'problem',
    heading,
    sentence,
    code: more.code,
    detail: more.detail,
    retry: more.retry,
  };
  return { status, page };
}

/** P2: a request that must not be redirected, told at its own URL by a stable sentence. */
export const refusedRequest = (error: OAuthError): PageAnswer =>
  problem(
    400,
    'This request cannot be completed',
    'The application sent you here with a request that we cannot accept. You have done nothing wrong, and nothing was shared.',
    { code: error.code, detail: error.description },
  );

export const goneInteraction = (): PageAnswer =>
  problem(
    400,
    'This page is no longer valid',
    'It has expired, was already answered, or was opened in another browser. Please go back to the application and start again. If this keeps happening, check that cookies are allowed.',
  );

export const foreignForm = (retry: string | undefined): PageAnswer =>
  problem(
    403,
    'We could not check this form',
    'It did not come from the page that we showed you, so nothing was done. Please open the page again.',
    { retry },
  );

export const busy = (retryAfterSeconds: number, retry: string | undefined): PageAnswer => ({
  ...problem(503, 'One moment, please', 'Many people are signing in right now. Please try again in a few seconds.', {
    retry,
  }),
  retryAfterSeconds,
});

export const tooManyRequests = (): PageAnswer => ({
  ...problem(
    429,
    'Too many requests',
    'Very many sign-ins were begun from your network and not finished. Please try again in a few minutes.',
  ),
  retryAfterSeconds: 60,
});

export const unavailable = (): PageAnswer => ({
  ...problem(
    503,
    'We will be right back',
    'A part of this service is not answering. Nothing is lost. Please try again in a moment.',
  ),
  retryAfterSeconds: 5,
});

export const somethingBroke = (): PageAnswer =>
  problem(500, 'Something went wrong', 'The fault is ours. Please go back to the application and try again.');

export const unreadable = (status: number): PageAnswer =>
  problem(status, 'This request cannot be read', 'Please go back to the application and start again.');

export const nothingHere = (): PageAnswer =>
  problem(
    404,
    'There is nothing here',
    'Signing in always starts in the application that you want to use. Please open it first.',
  );

/** On the page itself, beside the form. */
export function tooManyFailures(seconds: number): string {
  const minutes = Math.ceil(seconds / 60);
  return `Too many attempts have failed. Please try again in ${minutes === 1 ? 'a minute' : `${minutes} minutes`}.`;
}
