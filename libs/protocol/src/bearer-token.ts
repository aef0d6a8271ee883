/**
 * Owns how a bearer token reaches an endpoint of the issuer itself (RFC 6750 §2) and how such a request is refused (§3). Does
 * not own whether the token is good. APIs have a door of their own (resource-guard).
 */
import type { EndpointRequest, EndpointResponse } from './endpoint.js';
import { jsonResponse } from './endpoints/json-response.js';
import { OAuthError } from './errors.js';
import { Parameters } from './parameters.js';

/** RFC 9110 §11.1: the scheme is case-insensitive. */
const BEARER_SCHEME = /^bearer(?= |$)/i;
/** RFC 6750 §2.1: credentials = "Bearer" 1*SP b64token. */
const CREDENTIALS = /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i;
const FORM = /^application\/x-www-form-urlencoded\s*(;|$)/i;

/**
 * From the header (§2.1) or the form of a POST (§2.2), never from the query: that ends in logs and histories (RFC 9700 §4.3.2),
 * so that a token there counts as no token. Undefined: there is none.
 * @throws OAuthError invalid_request when it is malformed, or stands in more than one place
 */
export function presentedToken(request: EndpointRequest): string | undefined {
  const found = [inHeader(request), inForm(request), inQuery(request)];
  // §2: "Clients MUST NOT use more than one method to transmit the token in each request."
  if (found.filter((each) => each !== undefined).length > 1) {
    throw new OAuthError('invalid_request', 'the access token stands in more than one place');
  }
  const [header, form] = found;
  return header ?? form;
}

function inHeader({ authorization }: EndpointRequest): string | undefined {
  const value = authorization?.trim() ?? '';
  if (!BEARER_SCHEME.test(value)) return undefined;
  const token = CREDENTIALS.exec(value)?.[1];
  if (token === undefined) throw new OAuthError('invalid_request', 'the Authorization header must be: Bearer <token>');
  return token;
}

/** §2.2: the content type is that of a form, and "the HTTP request method is one for which the request-body has defined semantics". */
function inForm({ method, body, contentType }: EndpointRequest): string | undefined {
  if (method !== 'POST' || body === '' || !FORM.test(contentType ?? '')) return undefined;
  return Parameters.readForm(body, contentType).optional('access_token');
}

function inQuery({ query }: EndpointRequest): string | undefined {
  return query === '' ? undefined : Parameters.read(query).optional('access_token');
}

/** §3.1: "If the request lacks any authentication information …, the resource server SHOULD NOT include an error code". */
export const noToken = (): EndpointResponse => challenged(jsonResponse(401, {}), 'Bearer');

/** @param requiredScope told with insufficient_scope */
export function bearerRefusal(error: OAuthError, requiredScope: string): EndpointResponse {
  const { code, description } = error;
  const parts = [`error="${code}"`, `error_description="${description}"`];
  // §3.1: insufficient_scope "MAY include the scope attribute with the scope necessary to access the protected resource".
  const scope = code === 'insufficient_scope' ? [`scope="${requiredScope}"`] : [];
  const body = { error: code, error_description: description };
  return challenged(jsonResponse(error.status, body), `Bearer ${[...parts, ...scope].join(', ')}`);
}

/** §3: "the resource server MUST include the HTTP WWW-Authenticate response header field". */
const challenged = (response: EndpointResponse, challenge: string): EndpointResponse => ({
  ...response,
  headers: { ...response.headers, 'www-authenticate': challenge },
});
