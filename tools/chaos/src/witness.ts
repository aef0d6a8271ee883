// Owns: one request to a guard, what its answer means, and telling the judge. Does not own: which token is shown to whom.
import type { Judge } from './judge.js';
import type { Service } from './service.js';
import type { Reply } from './wire-client.js';
import { MAX_STALENESS_MS } from './world.js';

/**
 * `admitted-in-vain`: the guard let it through to a database that was not there. `cannot-tell`: the guard's own 503.
 * `unanswered`: the connection died. `unexpected`: anything else, which nothing here may cause.
 */
export type GuardAnswer = 'admitted' | 'admitted-in-vain' | 'refused' | 'cannot-tell' | 'unanswered' | 'unexpected';

/** Behind the guard's door, yet answered without a database. */
const NO_SUCH_NOTE = '/notes/none';
const NOTES = '/notes';

export class Witness {
  readonly unexpected: string[] = [];

  constructor(readonly judge: Judge) {}

  /** Never rejects. @param through also fetch something from the database behind the guard */
  async ask(guard: Service, token: string, through = false): Promise<GuardAnswer> {
    const headers = { authorization: `Bearer ${token}` };
    let reply: Reply;
    try {
      reply = await guard.client.ask(through ? NOTES : NO_SUCH_NOTE, { headers });
    } catch {
      return 'unanswered';
    }
    const answer = answerOf(reply);
    if (answer === 'unexpected') this.unexpected.push(`${guard.name} answered ${reply.status}`);
    if (answer === 'admitted' || answer === 'admitted-in-vain') {
      const { sentAt } = reply;
      this.judge.admitted({ token, guard: guard.name, sentAt, wokenAt: guard.wokenAfter(sentAt, MAX_STALENESS_MS) });
    }
    return answer;
  }
}

function answerOf({ status, body }: Reply): GuardAnswer {
  switch (status) {
    case 200:
    case 404:
      return 'admitted';
    case 401:
      return 'refused';
    case 503:
      return body.includes('"temporarily_unavailable"') ? 'cannot-tell' : 'admitted-in-vain';
    default:
      return 'unexpected';
  }
}
