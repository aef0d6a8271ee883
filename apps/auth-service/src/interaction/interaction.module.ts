/**
 * Owns the composition of the pages a person meets: plain `new`, and one Nest module of the result. Does not own what is
 * behind the ports, nor settings' names.
 */
import type { ApiStore, Authorization, EndSession, Ephemeral } from '@latchkey/protocol';
import { type DynamicModule, Module } from '@nestjs/common';
import type { Clock } from '@latchkey/tokens';
import type { Logger } from 'pino';
import type { ConsentEndings } from '../admin/users/user-ports.js';
import type { Limits } from '../limits/limits.js';
import { AccountController } from './account/account-controller.js';
import { AccountLogin } from './account/account-login.js';
import { AccountPages } from './account/account-pages.js';
import type { AccountRecords, OwnSessionEndings, PasswordChanges } from './account/account-ports.js';
import { AccountVisitors } from './account/account-visitors.js';
import { AccountVisits } from './account/account-visits.js';
import { PasswordChanging } from './account/password-changing.js';
import { PasswordVisits } from './account/password-visits.js';
import { Assets } from './assets.js';
import { AuthorizationVisits } from './authorization-visits.js';
import { AssetsController, AuthorizeController, InteractionController } from './controllers.js';
import { ConsentVisits } from './consent-visits.js';
import { Cookies } from './cookies.js';
import { FaultLog } from './fault-log.js';
import { FormTokens } from './form-tokens.js';
import { InteractionPages } from './interaction-pages.js';
import { InteractionSteps } from './interaction-steps.js';
import { Interactions } from './interactions.js';
import { Login } from './login.js';
import type { HumanTrail } from './login-audit.js';
import { LoginVisits } from './login-visits.js';
import { LogoutController } from './logout/logout-controller.js';
import { LogoutTickets } from './logout/logout-tickets.js';
import { LogoutVisits } from './logout/logout-visits.js';
import { PageErrorsFilter } from './page-errors.filter.js';
import { PageWriter } from './page-writer.js';
import { Passwords } from './passwords.js';
import type { LoginSessionStore, PeopleStore } from './people.js';
import { ReturnToClient } from './return-to-client.js';
import { Views } from './views.js';
import { type WorkSlotLimits, WorkSlots } from './work-slots.js';

export interface InteractionSettings {
  /** Its scheme alone decides on Secure cookies and HSTS. */
  readonly issuer: string;
  /** 32 bytes, the same in every instance. */
  readonly formTokenKey: Buffer;
  /** Those of before, while the key from which they are derived is replaced. */
  readonly formTokenKeysBefore?: readonly Buffer[];
  readonly sessionLifetimeSeconds?: number;
  readonly interactionLifetimeSeconds?: number;
  readonly passwordWork?: WorkSlotLimits;
}

export interface AccountStores {
  readonly apis: ApiStore;
  readonly records: AccountRecords;
  readonly sessionEndings: OwnSessionEndings;
  readonly consentEndings: ConsentEndings;
  readonly passwordChanges: PasswordChanges;
}

export interface InteractionParts {
  readonly settings: InteractionSettings;
  readonly authorization: Authorization;
  readonly endSession: EndSession;
  readonly clock: Pick<Clock, 'now'>;
  readonly people: PeopleStore;
  readonly sessions: LoginSessionStore;
  /** What people have and take back. */
  readonly account: AccountStores;
  readonly ephemeral: Ephemeral;
  readonly limits: Pick<Limits, 'login' | 'audit'>;
  readonly trail: HumanTrail;
  readonly log: Logger;
  /** Made here unless given. */
  readonly passwords?: Passwords;
}

export const DEFAULT_SESSION_LIFETIME_SECONDS = 12 * 60 * 60;
export const DEFAULT_INTERACTION_LIFETIME_SECONDS = 600;
/** Four argon2id at once are 76 MiB and about what two cores can do. */
export const DEFAULT_PASSWORD_WORK: WorkSlotLimits = { concurrency: 4, queueLength: 32, queueWaitMs: 3000 };

@Module({})
class InteractionModule {}

/** Hashes one password (the one of nobody) before it answers, unless passwords are given. */
export async function interactionModule(parts: InteractionParts): Promise<DynamicModule> {
  const { settings, people, sessions, ephemeral } = parts;
  const sessionLifetimeSeconds = settings.sessionLifetimeSeconds ?? DEFAULT_SESSION_LIFETIME_SECONDS;
  const cookies = new Cookies(settings.issuer, sessionLifetimeSeconds);
  // One lane and one count for whoever knows a password or guesses one, whatever for.
  const proving = {
    people,
    passwords: parts.passwords ?? (await Passwords.create()),
    slots: new WorkSlots(settings.passwordWork ?? DEFAULT_PASSWORD_WORK),
    attempts: parts.limits.login,
    audit: parts.limits.audit,
  };
  const login = new Login({ ...proving, sessions, log: parts.log, sessionLifetimeSeconds });
  const tokens = new FormTokens(settings.formTokenKey, settings.formTokenKeysBefore);
  const asking = {
    authorization: parts.authorization,
    interactions: new Interactions(
      ephemeral,
      settings.interactionLifetimeSeconds ?? DEFAULT_INTERACTION_LIFETIME_SECONDS,
    ),
    pages: new InteractionPages(tokens, people),
    returns: new ReturnToClient(parts.trail),
  };
  const steps = new InteractionSteps({ ...asking, sessions, trail: parts.trail });
  const visits = new AuthorizationVisits({
    ...{ ...asking, cookies, steps },
    login: new LoginVisits({ ...asking, login, cookies, steps }),
    consents: new ConsentVisits({ ...asking, steps }),
  });
  const { apis, records, sessionEndings, consentEndings, passwordChanges } = parts.account;
  const visitors = new AccountVisitors(sessions, cookies);
  const pages = new AccountPages({ tokens, people, records, apis });
  const passwordChanging = new PasswordChanging({ ...proving, changes: passwordChanges });
  const account = new AccountVisits({
    ...{ visitors, pages, cookies, endings: sessionEndings, consents: consentEndings },
    login: new AccountLogin({ login, tokens, cookies, visitors }),
    password: new PasswordVisits({ passwordChanging, pages, cookies, visitors }),
  });
  const logout = new LogoutVisits({
    ...{ endSession: parts.endSession, sessions, people, endings: sessionEndings, tokens, cookies },
    tickets: new LogoutTickets(tokens, parts.clock),
  });
  const assets = new Assets();
  return {
    module: InteractionModule,
    controllers: [AuthorizeController, InteractionController, AccountController, LogoutController, AssetsController],
    providers: [
      { provide: AuthorizationVisits, useValue: visits },
      { provide: AccountVisits, useValue: account },
      { provide: LogoutVisits, useValue: logout },
      { provide: PageWriter, useValue: new PageWriter(new Views(assets), cookies, settings.issuer) },
      { provide: Assets, useValue: assets },
      { provide: FaultLog, useValue: new FaultLog(parts.log) },
      PageErrorsFilter,
    ],
  };
}
