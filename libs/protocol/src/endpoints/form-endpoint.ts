/**
 * Owns what the endpoints for machines have in common: POST, a form, and every refusal told in the RFC's form to the client
 * and with its detail to the log. Does not own what any of them does.
 */
import type { EndpointRequest, EndpointResponse } from '../endpoint.js';
import { OAuthError } from '../errors.js';
import { Parameters } from '../parameters.js';
import { errorResponse, refuseMethod } from './json-response.js';
import { refuseSecretsInQuery } from './query.js';

/** Rejects only with a bug or `Unavailable`. */
export async function answerForm(
  request: EndpointRequest,
  onRefusal: (error: OAuthError) => void,
  answer: (parameters: Parameters) => Promise<EndpointResponse>,
): Promise<EndpointResponse> {
  // RFC 6749 §3.2, RFC 7009 §2.1: the client uses POST.
  if (request.method !== 'POST') return refuseMethod('POST');
  try {
    refuseSecretsInQuery(request.query);
    return await answer(Parameters.readForm(request.body, request.contentType));
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    onRefusal(error);
    return errorResponse(error, request);
  }
}
