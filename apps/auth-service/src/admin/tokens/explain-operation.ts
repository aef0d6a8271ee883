/** Owns the operation `/tokens/explain`. Does not own the explanation. It changes nothing, so that no audit event is due. */
import { NOTHING, operation, type Operation } from '../http/operation.js';
import type { Rule } from './rule.js';
import { ExplainSchema, type ExplanationResource, ExplanationSchema } from './explain-schema.js';
import { TokenExplainer, type ExplanationParts } from './explanation.js';

export function tokenOperations(parts: ExplanationParts): readonly Operation[] {
  const explainer = new TokenExplainer(parts);
  return [
    operation({
      operationId: 'explainToken',
      method: 'POST',
      path: '/admin/v1/tokens/explain',
      scope: 'revocations:read',
      tag: 'tokens',
      summary: 'What a guard would say of this token now, rule by rule, and why',
      description:
        'Any string has an explanation. The token is neither kept nor logged; what it says is looked up only if its ' +
        'signature verifies. A token under a secret that an API shares (HS256) is explained too.',
      params: NOTHING,
      query: NOTHING,
      body: ExplainSchema,
      success: { status: 200, description: 'The verdict, and every rule.', schema: ExplanationSchema },
      handle: async ({ body }) => {
        const { verdict, tokenType, rules, claims } = await explainer.explain(body.token);
        return {
          resource: {
            ...{ verdict, token_type: tokenType, rules: rules.map(ruleOf) },
            ...(claims === undefined ? {} : { claims: { ...claims } }),
          },
        };
      },
    }),
  ];
}

const ruleOf = ({ revocation, ...rule }: Rule): ExplanationResource['rules'][number] => {
  if (revocation === undefined) return rule;
  const { id, kind, cause, createdAt } = revocation;
  return { ...rule, revocation: { id, kind, cause, created_at: createdAt } };
};
