/** Owns which login session a browser shows. Does not own what may be done in it. */
import { digestOf, type LoginSession } from '@latchkey/protocol';
import type { Visit } from './answer.js';
import type { LoginSessionStore } from './people.js';

/** Undefined without a cookie, and for one whose session has ended: nobody tells them apart. */
export const shownSession = async (
  { session }: Pick<Visit, 'session'>,
  sessions: Pick<LoginSessionStore, 'find'>,
): Promise<LoginSession | undefined> => (session === undefined ? undefined : sessions.find(digestOf(session)));
