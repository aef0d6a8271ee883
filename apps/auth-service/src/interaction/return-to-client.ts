/**
 * Owns how an answer of the protocol leaves for the client, and that a consent stands in the audit trail before its code leaves:
 * nobody holds one that is not there. Does not own what it says (protocol), nor markup or HTTP.
 */
import type { AnswerStep } from '@latchkey/protocol';
import { type Answer, redirectTo } from './answer.js';
import { formPostPage } from './form-post.js';
import { consentRecord, type HumanTrail } from './login-audit.js';

export class ReturnToClient {
  constructor(private readonly trail: HumanTrail) {}

  /** In the query with 303, or by a page with 200 that posts it. @throws Unavailable: then nothing leaves */
  async leave(step: AnswerStep, address: string): Promise<Answer> {
    if (step.consent !== undefined) {
      const { asked, session, request, scope } = step.consent;
      const kind = asked ? 'consent.given' : 'consent.remembered';
      await this.trail.record(consentRecord(kind, session, request, scope, address));
    }
    return step.step === 'redirect' ? redirectTo(step.location) : { status: 200, page: formPostPage(step) };
  }
}
