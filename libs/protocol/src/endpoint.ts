/**
 * Owns what goes into and comes out of every endpoint: words, no framework. Does not own HTTP: the doors carry these.
 */

export interface EndpointRequest {
  readonly method: string;
  /** The raw query string, without `?`; repeated parameters are still visible in it. */
  readonly query: string;
  /** The raw body text; empty when there was none. */
  readonly body: string;
  readonly contentType: string | undefined;
  /** The raw Authorization header; several are joined by the door with `, ` and then refused. */
  readonly authorization: string | undefined;
  /** The network address of the caller as the door knows it, which is the proxy's word where a proxy is trusted. */
  readonly address?: string;
  /** The raw Prefer header (RFC 7240); several are joined by the door with `, `, which §2 makes the same. */
  readonly prefer: string | undefined;
  /** The raw Accept header (RFC 9110 §12.5.1); several are joined by the door with `, `, which is the same list. */
  readonly accept?: string | undefined;
  /** The raw If-None-Match header (RFC 9110 §13.1.2); several are joined by the door with `, `, which is the same list. */
  readonly ifNoneMatch: string | undefined;
}

export interface EndpointResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON text, or empty. */
  readonly body: string;
}
