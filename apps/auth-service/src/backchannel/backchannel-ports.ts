/** Owns the ports of telling other applications that a session has ended. Does not own SQL, tokens or HTTP. */
import type { Client } from '@latchkey/protocol';

/** One application is owed to be told of one session. */
export interface LogoutDelivery {
  readonly id: string;
  /** As they stood in the ID token. */
  readonly sid: string;
  readonly tokenSub: string;
  readonly clientId: string;
  /** This one among them. */
  readonly tries: number;
  readonly ageSeconds: number;
}

/** For the log, the trail and the metrics: a word, and nothing that the application has said. */
export type Failure =
  /** Its address is not there any more, or it was disabled or deleted. */
  | 'unregistered'
  /** It said 400: OpenID Connect Back-Channel Logout 1.0 §2.8. */
  | 'refused_by_client'
  /** Its address is none that this service may go to. */
  | 'address_refused'
  | 'no_answer'
  | 'no_signing_key'
  | `status_${number}`;

export interface LogoutDeliveries {
  /** Those of these sessions that nobody has tried; of many who ask at once each gets others. @throws Unavailable */
  takeFirst(sids: readonly string[], most: number): Promise<readonly LogoutDelivery[]>;
  /** Those whose time has come, the oldest first, few of each client, and of some none. @throws Unavailable */
  takeDue(most: number, perClient: number, without: readonly string[]): Promise<readonly LogoutDelivery[]>;
  /** @throws Unavailable */
  delivered(delivery: LogoutDelivery): Promise<void>;
  /** @throws Unavailable */
  postpone(delivery: LogoutDelivery, seconds: number): Promise<void>;
  /** @throws Unavailable */
  giveUp(delivery: LogoutDelivery, reason: Failure): Promise<void>;
}

/** `LogoutTokens` of protocol. */
export interface LogoutTokenSource {
  /** Another each time. @throws Unavailable when no key signs */
  issue(client: Client, session: { readonly sid: string; readonly sub: string }): Promise<string>;
}

/** The one door through which this service calls others (outbound). */
export interface LogoutDoor {
  /** No redirect is followed. Rejects when there was no answer, or this service may not go there. */
  postForm(
    url: string,
    form: Readonly<Record<string, string>>,
    options: { readonly timeoutMs: number },
  ): Promise<{ readonly status: number }>;
}
