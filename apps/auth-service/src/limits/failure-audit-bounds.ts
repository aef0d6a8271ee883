/** Owns how many rows of failures the audit trail takes in a span. Does not own how they are counted (failure-audit). */

export interface FailureAuditBounds {
  /** Rows in a span, of one kind about one name. */
  readonly perSubject: number;
  readonly perNetwork: number;
  readonly inAll: number;
  /** Rows about one account that exists, which the others do not keep out: so many again as `inAll`, and no more. */
  readonly perAccount: number;
}

export const FAILURE_AUDIT_BOUNDS: FailureAuditBounds = { perSubject: 10, perNetwork: 30, inAll: 300, perAccount: 3 };

/** Of who came in and may not: there are as many subjects as clients, and who shares a network shares no blame. */
export const REFUSAL_AUDIT_BOUNDS: FailureAuditBounds = {
  perSubject: 10,
  perNetwork: Infinity,
  inAll: Infinity,
  perAccount: 0,
};
