/**
 * Owns the exception by which a route says no, or not now. Does not own the words: the admission wrote them.
 */
import { HttpException } from '@nestjs/common';
import type { Admittance } from '../admission.js';

type Denial = Exclude<Admittance, { answer: 'admit' }>;

/** 400, 401 and 403 with a challenge, or 503 with Retry-After. `headers` are already set when a filter sees it. */
export class NotAdmitted extends HttpException {
  readonly headers: Readonly<Record<string, string>>;

  constructor(denial: Denial) {
    super(bodyOf(denial), denial.answer === 'refuse' ? denial.refusal.status : denial.status, {
      description: denial.reason,
    });
    this.headers = {
      'cache-control': 'no-store',
      ...(denial.answer === 'refuse'
        ? { 'www-authenticate': denial.refusal.challenge }
        : { 'retry-after': String(denial.retryAfterSeconds) }),
    };
  }
}

const bodyOf = (denial: Denial): Record<string, string> =>
  denial.answer === 'refuse'
    ? { ...denial.refusal.body }
    : { error: 'temporarily_unavailable', error_description: 'cannot tell whether this token is good; try again' };
