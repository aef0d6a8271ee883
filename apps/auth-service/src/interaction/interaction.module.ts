/**
 * Owns the composition of the pages a person meets: plain `new`, and one Nest module of the result. Does not own what is
 * behind the ports, nor settings' names.
 */
import type { Authorization, Ephemeral } from '@latchkey/protocol';
import type { Clock } from '@latchkey/tokens';
import { type DynamicModule, Module } from '@nestjs/common';
import type { Logger } from 'pino';
import { Assets } from './assets.js';
import { AuthorizationVisits } from './authorization-visits.js';
import { AssetsController, AuthorizeController, InteractionController } from './controllers.js';
import { Cookies } from './cookies.js';
import { FaultLog } from './fault-log.js';
import { FormTokens } from './form-tokens.js';
import { InteractionPages } from './interaction-pages.js';
import { Interactions } from './interactions.js';
import { Login } from './login.js';
import { DEFAULT_LOGIN_LIMITS, LoginThrottle, type LoginThrottleLimits } from './login-throttle.js';
import { PageErrorsFilter } from './page-errors.filter.js';
import { PageWriter } from './page-writer.js';
import { Passwords } from './passwords.js';
import type { LoginSessionStore, PeopleStore } from './people.js';
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
  readonly loginLimits?: LoginThrottleLimits;
  readonly passwordWork?: WorkSlotLimits;
}

export interface InteractionParts {
  readonly settings: InteractionSettings;
  readonly authorization: Authorization;
  readonly people: PeopleStore;
  readonly sessions: LoginSessionStore;
  readonly ephemeral: Ephemeral;
  readonly clock: Clock;
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
  const login = new Login({
    people,
    sessions,
    passwords: parts.passwords ?? (await Passwords.create()),
    slots: new WorkSlots(settings.passwordWork ?? DEFAULT_PASSWORD_WORK),
    throttle: new LoginThrottle(ephemeral, parts.clock, settings.loginLimits ?? DEFAULT_LOGIN_LIMITS),
    sessionLifetimeSeconds,
  });
  const visits = new AuthorizationVisits({
    authorization: parts.authorization,
    interactions: new Interactions(
      ephemeral,
      settings.interactionLifetimeSeconds ?? DEFAULT_INTERACTION_LIFETIME_SECONDS,
    ),
    sessions,
    login,
    pages: new InteractionPages(new FormTokens(settings.formTokenKey, settings.formTokenKeysBefore), people),
    cookies,
  });
  const assets = new Assets();
  return {
    module: InteractionModule,
    controllers: [AuthorizeController, InteractionController, AssetsController],
    providers: [
      { provide: AuthorizationVisits, useValue: visits },
      { provide: PageWriter, useValue: new PageWriter(new Views(assets), cookies, settings.issuer) },
      { provide: Assets, useValue: assets },
      { provide: FaultLog, useValue: new FaultLog(parts.log) },
      PageErrorsFilter,
    ],
  };
}
