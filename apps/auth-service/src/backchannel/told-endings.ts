/**
 * Owns that a person who logs out waits a moment for the applications that are told of it: OpenID Connect Back-Channel Logout 1.0
 * §2.5, before they are sent back to one. Does not own the ending, nor the telling.
 */
import type { RevocationEntry } from '@latchkey/tokens';
import type { Ended, OwnOrder, OwnSessionEndings } from '../interaction/account/account-ports.js';
import type { BackchannelLogout } from './backchannel-logout.js';

interface EndedSessions extends Ended {
  readonly revocations: readonly RevocationEntry[];
}

/** The same verbs, which say what they have ended. */
export type SessionEndings = {
  readonly [Verb in keyof OwnSessionEndings]: (...order: Parameters<OwnSessionEndings[Verb]>) => Promise<EndedSessions>;
};

export class ToldEndings implements OwnSessionEndings {
  constructor(
    private readonly endings: SessionEndings,
    private readonly backchannel: Pick<BackchannelLogout, 'tell'>,
  ) {}

  async logOut(cookieDigest: string, order: OwnOrder): Promise<Ended> {
    return this.told(await this.endings.logOut(cookieDigest, order));
  }

  async logOutEverywhere(session: { readonly sub: string; readonly sid: string }, order: OwnOrder): Promise<Ended> {
    return this.told(await this.endings.logOutEverywhere(session, order));
  }

  async endOwn(session: { readonly sub: string; readonly sid: string }, order: OwnOrder): Promise<Ended> {
    return this.told(await this.endings.endOwn(session, order));
  }

  private async told(ended: EndedSessions): Promise<Ended> {
    if (ended.outcome === 'ended') await this.backchannel.tell(ended.revocations.map(({ value }) => value));
    return ended;
  }
}
