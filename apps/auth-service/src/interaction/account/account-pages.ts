/**
 * Owns the account page and the password page: what of a person's own they show, and whether a form that comes back is one of
 * them. Does not own markup (views) nor what a form does (account-visits, password-visits).
 */
import { type ApiStore, describeScopes, type LoginSession } from '@latchkey/protocol';
import type { PageAnswer, Visit } from '../answer.js';
import type { FormBinding, FormTokens } from '../form-tokens.js';
import type { AccountSessionView, Instant, PasswordPage } from '../page.js';
import type { PeopleStore } from '../people.js';
import type { AccountRecords, AccountSession, SessionPlace } from './account-ports.js';

export const ACCOUNT = '/account';

const PER_PAGE = 10;

/** What the address may say was done, so that nobody writes a sentence of his own onto this page. */
export type Done = 'session' | 'access' | 'password';
const NOTICES: ReadonlyMap<string, string> = new Map<Done, string>([
  ['session', 'That session has ended.'],
  ['access', 'What you allowed that application is withdrawn.'],
  ['password', 'Your password is changed. Everywhere else you are signed out.'],
]);

export const accountAfter = (done: Done): string => `${ACCOUNT}?done=${done}`;

export interface AccountPagesParts {
  readonly tokens: FormTokens;
  readonly people: PeopleStore;
  readonly records: AccountRecords;
  readonly apis: ApiStore;
}

export class AccountPages {
  constructor(private readonly parts: AccountPagesParts) {}

  async account(session: LoginSession, visit: Visit): Promise<PageAnswer> {
    const { people, records, apis } = this.parts;
    const places = { sessions: visit.query.value('sessions'), applications: visit.query.value('applications') };
    const [after, afterClient] = [sessionPlaceOf(places.sessions), clientPlaceOf(places.applications)];
    const [person, sessions, applications, all] = await Promise.all([
      people.find(session.sub),
      records.sessions(session.sub, { limit: PER_PAGE, ...(after === undefined ? {} : { after }) }),
      records.applications(session.sub, {
        limit: PER_PAGE,
        ...(afterClient === undefined ? {} : { after: afterClient }),
      }),
      apis.all(),
    ]);
    return {
      status: 200,
      page: {
        template: 'account',
        formToken: this.parts.tokens.issue(binding(session, visit, 'account')),
        username: person?.username ?? 'someone',
        notice: NOTICES.get(visit.query.value('done')),
        sessions: {
          items: sessions.items.map((each) => sessionView(each, session)),
          more: sessions.next && linkTo({ ...places, sessions: `${sessions.next.authTime}.${sessions.next.sid}` }),
          first: after && linkTo({ ...places, sessions: '' }),
        },
        applications: {
          items: applications.items.map(({ clientId, clientName, scope, grantedAt }) => ({
            ...{ clientId, name: clientName, since: instantOf(grantedAt) },
            scopes: describeScopes(scope, all),
          })),
          more: applications.next && linkTo({ ...places, applications: applications.next }),
          first: afterClient && linkTo({ ...places, applications: '' }),
        },
      },
    };
  }

  async password(
    session: LoginSession,
    visit: Visit,
    attempt: { readonly status: number; readonly problem?: PasswordPage['problem'] } = { status: 200 },
  ): Promise<PageAnswer> {
    const person = await this.parts.people.find(session.sub);
    return {
      status: attempt.status,
      page: {
        template: 'password',
        formToken: this.parts.tokens.issue(binding(session, visit, 'password')),
        username: person?.username ?? '',
        problem: attempt.problem,
      },
    };
  }

  formIsOurs(session: LoginSession, visit: Visit, purpose: 'account' | 'password'): boolean {
    const expected = binding(session, visit, purpose);
    return (
      visit.browser !== undefined && visit.fromHere && this.parts.tokens.verify(expected, visit.form.value('csrf'))
    );
  }
}

/** A form is of one browser and of one session: what another person was shown here before does nothing. */
const binding = (session: LoginSession, visit: Visit, purpose: FormBinding['purpose']): FormBinding => ({
  ...{ browser: visit.browser ?? '', interactionId: session.sid, purpose, shown: '' },
});

/** Only what was shown as such a link; anything else is the beginning. */
function sessionPlaceOf(text: string): SessionPlace | undefined {
  const [, authTime, sid] = /^(\d{1,15})\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.exec(text) ?? [];
  return authTime === undefined || sid === undefined ? undefined : { authTime: Number(authTime), sid };
}

const clientPlaceOf = (text: string): string | undefined => (/^[0-9a-f]{32}$/.test(text) ? text : undefined);

function linkTo(places: Readonly<Record<string, string>>): string {
  const query = new URLSearchParams(Object.entries(places).filter(([, place]) => place !== '')).toString();
  return query === '' ? ACCOUNT : `${ACCOUNT}?${query}`;
}

const sessionView = ({ sid, authTime, amr }: AccountSession, current: LoginSession): AccountSessionView => ({
  ...{ sid, since: instantOf(authTime), isThis: sid === current.sid },
  how: amr.includes('pwd') ? 'with a password' : `with ${amr.join(', ')}`,
});

const WORDS = new Intl.DateTimeFormat('en-GB', {
  ...{ day: 'numeric', month: 'long', year: 'numeric', hour: '2-digit', minute: '2-digit', timeZone: 'UTC' },
});

/** Without a script nobody knows the person's own time zone. */
const instantOf = (seconds: number): Instant => {
  const date = new Date(seconds * 1000);
  return { iso: date.toISOString(), text: `${WORDS.format(date)} UTC` };
};
