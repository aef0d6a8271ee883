/** Owns where a person ends who logged out, or did not, and has nowhere to return to. */
import type { PageAnswer } from '../answer.js';
import type { ReturnView } from '../page.js';

export const SIGNED_OUT = '/logout/done';

export const signedOut = (returns?: ReturnView): PageAnswer => ({
  status: 200,
  page: { template: 'signed-out', still: false, returns },
});

export const stillSignedIn = (): PageAnswer => ({
  status: 200,
  page: { template: 'signed-out', still: true, returns: undefined },
});
