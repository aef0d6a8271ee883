/**
 * Owns that one walk along the chain is under way in this instance, however many ask: whoever asks the same shares it, whoever
 * asks something else comes back. Does not own the walk, which holds a page at a time.
 */
import { Problem } from '../http/problem.js';
import type { AuditVerification, AuditVerifier } from './audit-ports.js';

type Asked = Parameters<AuditVerifier['verify']>[0];

const COME_BACK_SECONDS = 5;

export class VerificationLane implements AuditVerifier {
  #underWay: { readonly asked: string; readonly said: Promise<AuditVerification> } | undefined;

  constructor(private readonly verifier: AuditVerifier) {}

  /**
   * What is said to somebody who shares a walk is as old as its beginning.
   * @throws Problem 503 while another is under way; Unavailable
   */
  async verify(asked: Asked): Promise<AuditVerification> {
    const name = JSON.stringify([asked.head, asked.afterSeal]);
    this.#underWay ??= {
      asked: name,
      said: this.verifier.verify(asked).finally(() => {
        this.#underWay = undefined;
      }),
    };
    if (this.#underWay.asked === name) return this.#underWay.said;
    throw new Problem(503, 'the trail is being verified for somebody else; try again when that has ended', {
      'retry-after': String(COME_BACK_SECONDS),
    });
  }
}
