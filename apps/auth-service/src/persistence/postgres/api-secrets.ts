/**
 * Owns what commits with a secret that is made for an API: that the API is there, or comes to be with it, and what is kept
 * for a repetition. Does not own the life of a secret (the rotation of keys).
 */
import type { Api } from '@latchkey/protocol';
import type { CheckKey, KeyAct, KeyRotation, KeySnapshot, NewKey, RemovalAnswer } from '@latchkey/tokens/issuing';
import type { ApiSecrets } from '../../admin/apis/api-ports.js';
import { KeptBefore, type KeptAnswer } from '../../admin/ports.js';
import { isStorable } from './act.js';
import { ScopeTaken } from './api-row.js';
import { NotRegistered, type PostgresApiStore } from './api-store.js';
import type { AuditEvent } from './audit-store.js';
import { keepAnswer, type PostgresKeptAnswers } from './kept-answers.js';
import type { PostgresKeyStore } from './key-store.js';

export interface ApiSecretsParts {
  readonly keys: PostgresKeyStore;
  readonly rotation: KeyRotation;
  readonly apis: PostgresApiStore;
  readonly kept: PostgresKeptAnswers;
}

/** Thrown where the key must not stay: its API is gone. */
class ApiGone extends Error {}

export class PostgresApiSecrets implements ApiSecrets {
  constructor(private readonly parts: ApiSecretsParts) {}

  /** @throws Unavailable */
  list(): Promise<KeySnapshot> {
    return this.parts.rotation.list();
  }

  /** @throws Unavailable; KeptBefore */
  async register(
    api: Api,
    act: KeyAct,
    audit: AuditEvent,
    kept: KeptAnswer | undefined,
  ): Promise<NewKey | 'exists' | 'scope_taken'> {
    const { keys, rotation, apis } = this.parts;
    const store = keys.along(async (statements, changes) => {
      await apis.insertWithin(statements, api, { events: [audit], kept });
      // An API that was removed has left no secret: nobody who knew one has anything to do with this API.
      if (!changes.some((change) => change.type === 'insert' && change.key.state === 'active')) throw leftover(api);
    });
    try {
      const made = await rotation.over(store).addSecret(api.identifier, act);
      if (made !== 'full') return made;
    } catch (error) {
      if (error instanceof ScopeTaken) return 'scope_taken';
      if (error instanceof NotRegistered) return error.outcome;
      throw error;
    }
    await this.#refuseRepetition(kept);
    if ((await apis.find(api.identifier)) === undefined) throw leftover(api);
    return 'exists';
  }

  /** @throws Unavailable; KeptBefore */
  async add(identifier: string, act: KeyAct, keep?: (kid: string) => KeptAnswer): Promise<NewKey | 'full' | 'unknown'> {
    if (!isStorable(identifier)) return 'unknown';
    const { keys, rotation } = this.parts;
    const store = keys.along(async (statements, changes) => {
      const { rows } = await statements.run('SELECT FROM auth.apis WHERE identifier = $1 FOR SHARE', [identifier]);
      if (rows.length === 0) throw new ApiGone();
      for (const change of changes) if (change.type === 'insert') await keepAnswer(statements, keep?.(change.key.kid));
    });
    try {
      const made = await rotation.over(store).addSecret(identifier, act);
      if (made === 'full') await this.#refuseRepetition(keep?.(''));
      return made;
    } catch (error) {
      if (error instanceof ApiGone) return 'unknown';
      throw error;
    }
  }

  /** @throws Unavailable */
  remove(identifier: string, kid: string, act: KeyAct, check?: CheckKey): Promise<RemovalAnswer> {
    return this.parts.rotation.removeSecret(identifier, kid, act, check);
  }

  /** There is no room for another since this very request was answered before. @throws KeptBefore */
  async #refuseRepetition(kept: KeptAnswer | undefined): Promise<void> {
    if (kept !== undefined && (await this.parts.kept.find(kept.claim)) !== undefined) throw new KeptBefore();
  }
}

const leftover = ({ identifier }: Api): Error => new Error(`There are secrets of ${identifier}, which was no API.`);
