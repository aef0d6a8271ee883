/** Owns the one verb of an endpoint that machines call. It never rejects for bad input; it rejects only with a bug or `Unavailable`. */
import type { EndpointRequest, EndpointResponse } from '../endpoint.js';

export interface Endpoint {
  handle(request: EndpointRequest): Promise<EndpointResponse>;
}
