/** Owns what one rule says of a token. Does not own any rule. */
import type { MatchedRevocation } from './token-ports.js';

export const OUTCOMES = ['passed', 'failed', 'not_judged'] as const;

/** In the order in which they are told. */
export const RULES = [
  ...(['form', 'typ', 'kid', 'alg', 'signature', 'claims', 'iss', 'aud', 'exp', 'iat', 'nbf', 'lifetime'] as const),
  ...(['revocation_token', 'revocation_grant', 'revocation_session', 'revocation_subject'] as const),
  ...(['revocation_client', 'revocation_issuer', 'revocation_key'] as const),
  ...(['generations', 'client', 'person', 'cnf', 'staleness'] as const),
] as const;
export type RuleName = (typeof RULES)[number];

export interface Rule {
  readonly rule: RuleName;
  readonly outcome: (typeof OUTCOMES)[number];
  /** In words, for whoever asks. Never the token nor a part of it. */
  readonly detail: string;
  readonly revocation?: MatchedRevocation;
}

export const passed = (rule: RuleName, detail: string): Rule => ({ rule, outcome: 'passed', detail });
export const failed = (rule: RuleName, detail: string): Rule => ({ rule, outcome: 'failed', detail });
export const notJudged = (rule: RuleName, detail: string): Rule => ({ rule, outcome: 'not_judged', detail });
export const judged = (rule: RuleName, holds: boolean, good: string, bad: string): Rule =>
  holds ? passed(rule, good) : failed(rule, bad);
