/**
 * Owns the page that posts an answer to the client (OAuth 2.0 Form Post Response Mode §2): its data, and the one script that any
 * page here has. Does not own the answer (protocol), nor markup.
 */
import { createHash } from 'node:crypto';
import type { AnswerStep } from '@latchkey/protocol';
import { placeOf, type FormPostPage } from './page.js';

/** Without it the button remains. */
const SCRIPT = 'document.forms[0].submit()';

/** CSP Level 3 §8.3: a script is allowed by the hash of its text. */
export const SCRIPT_SOURCE = `'sha256-${createHash('sha256').update(SCRIPT).digest('base64')}'`;

export const formPostPage = ({ action, fields }: Extract<AnswerStep, { readonly step: 'post' }>): FormPostPage => ({
  template: 'form-post',
  action,
  fields: Object.entries(fields).map(([name, value]) => ({ name, value })),
  returnsTo: placeOf(action),
  script: SCRIPT,
});
