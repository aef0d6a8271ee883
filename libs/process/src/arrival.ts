/**
 * Owns how long a request may take to arrive as a whole, head and body. Does not own what whoever is too slow is told (unreadable), nor how long
 * an answer may take.
 */

/** For `requestTimeout` of Fastify, whose default is to wait for a slow body for ever. */
export const ARRIVAL_MS = 30_000;

/**
 * Node's own options of a server that goes with a `requestTimeout` of as many milliseconds. Node takes the longer one of that and
 * `headersTimeout` (60 s unless told) for the whole request, and looks every half a minute unless told: it ends a slow one after 30 to 35 s.
 */
export const nodeServerOptions = (arrivalMs = ARRIVAL_MS) =>
  ({
    headersTimeout: arrivalMs,
    connectionsCheckingInterval: arrivalMs / 6,
    // A request without Host is refused in our own words.
    requireHostHeader: false,
  }) as const;
