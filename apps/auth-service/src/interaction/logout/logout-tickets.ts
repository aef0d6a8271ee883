/**
 * Owns the text by which a logout request that was read goes once around through the browser, under a MAC: from a POST, which
 * brings no cookie when another site sends it (SameSite=Lax), to a GET, and through the form that asks the person. No ID token is
 * in it. Does not own what the request says (protocol).
 */
import type { LogoutRequest } from '@latchkey/protocol';
import type { Clock } from '@latchkey/tokens';
import type { FormTokens } from '../form-tokens.js';

/** From a POST to the GET that follows it at once. */
const LIFETIME_MS = 60_000;

interface Content {
  readonly at: number;
  readonly request: LogoutRequest;
}

export class LogoutTickets {
  constructor(
    private readonly tokens: FormTokens,
    private readonly clock: Pick<Clock, 'now'>,
  ) {}

  /** Path and query of where the browser goes. */
  pathOf(request: LogoutRequest): string {
    const of = written({ at: this.clock.now(), request });
    return `/logout/request?${new URLSearchParams({ of, proof: this.tokens.issue(binding(of)) }).toString()}`;
  }

  /** Undefined for what was not written here, or not a moment ago. */
  read(of: string, proof: string): LogoutRequest | undefined {
    if (!this.tokens.verify(binding(of), proof)) return undefined;
    const { at, request } = contentOf(of);
    return Math.abs(this.clock.now() - at) <= LIFETIME_MS ? request : undefined;
  }

  /** For the form that asks: it is bound to its browser and session by the form's own token, which must be verified first. */
  textOf(request: LogoutRequest): string {
    return written({ at: this.clock.now(), request });
  }

  requestOf(text: string): LogoutRequest {
    return contentOf(text).request;
  }
}

const binding = (of: string) => ({ browser: '', interactionId: '', purpose: 'logout-request', shown: of }) as const;

const written = (content: Content): string => Buffer.from(JSON.stringify(content), 'utf8').toString('base64url');

/** Written here: its MAC was verified. */
const contentOf = (text: string): Content => JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as Content;
