/**
 * Owns what makes a system of a database that was read back from a dump (admin-api.md A12): statements without parameters, for
 * one transaction, so that a script of psql can hold them as well. Does not own who runs them, nor the reading back.
 *
 * The dump does not know what was revoked, rotated or killed after it was made, nor how often. So whatever counts goes on by
 * the clock, beyond all that the lost system can have counted; and every key that could have leaked meanwhile is killed.
 */
import { BY_THE_CLOCK } from './by-the-clock.js';
import { MIGRATIONS } from './migrations/index.js';

/** The longest lifetime that a configuration may name, and what clocks may differ by: the dump may know a shorter one. */
const LONGEST_TOKEN_LIFE = `interval '86460 seconds'`;

const isOurs = MIGRATIONS.map(({ name }) => `'${name}'`).join(', ');

/** The exception's words are for the person who restores. */
const REFUSE_STRANGERS = `DO $latchkey$ BEGIN
  IF to_regclass('auth.migrations') IS NULL OR to_regclass('auth.home') IS NULL THEN
    RAISE EXCEPTION 'this is no dump of the schema "auth" of Latchkey';
  END IF;
  IF EXISTS (SELECT FROM auth.migrations WHERE name <> ALL (ARRAY[${isOurs}])) THEN
    RAISE EXCEPTION 'the dump was made by a newer version: restore it with that version, or a newer one';
  END IF;
END $latchkey$`;

const RAISE_ISSUER = `WITH raised AS (
    UPDATE auth.issuer_state SET generation = greatest(generation + 1, ${BY_THE_CLOCK}::integer) RETURNING generation),
  said AS (
    INSERT INTO auth.revocations (id, kind, value, generation, cause, actor, expires_at)
    SELECT gen_random_uuid(), 'issuer', '', generation, 'system.restored', 'system', clock_timestamp() + ${LONGEST_TOKEN_LIFE}
    FROM raised RETURNING id)
  INSERT INTO auth.audit_events (actor, kind, target, outcome, detail)
  SELECT 'system', kind, 'issuer', 'done', jsonb_build_object('revocations', jsonb_build_array(id))
  FROM said, unnest(ARRAY['system.restored', 'issuer.revoked']) AS kind`;

/**
 * What was revoked of a person or a client after the dump stands in every guard that goes on (revocation.md V7), by a number that the dump does not
 * know: without this their new tokens would be refused with the old ones, for as long as that entry lasts. All that was given before is over anyway.
 */
const RAISE_ALL = ['users', 'clients'].map(
  (table) => `UPDATE auth.${table} SET generation = greatest(generation + 1, ${BY_THE_CLOCK}::integer)`,
);

/** Not an API's shared secret, which its people would have to carry there again: they delete it if it has leaked meanwhile. */
const KILL_KEYS = `WITH killed AS (
    UPDATE auth.keys SET state = 'dropped', dropped_at = clock_timestamp(), sealed_key = NULL
    WHERE algorithm <> 'HS256' AND state <> 'dropped' RETURNING kid, algorithm),
  said AS (
    INSERT INTO auth.revocations (id, kind, value, cause, actor)
    SELECT gen_random_uuid(), 'key', kid, 'system.restored', 'system' FROM killed RETURNING id, value)
  INSERT INTO auth.audit_events (actor, kind, target, outcome, detail)
  SELECT 'system', 'key.killed', kid, 'done', jsonb_build_object('algorithm', algorithm, 'revocations', jsonb_build_array(id))
  FROM killed JOIN said ON value = kid`;

const COUNT_ON_KEYS = `UPDATE auth.key_revision SET revision = greatest(revision + 1, ${BY_THE_CLOCK}::bigint)`;

/** revocation.md V7: to this ledger every wire is a lost one; all is published anew, and every guard registers anew. */
const LOSE_THE_WIRE = `UPDATE auth.revocation_epoch SET epoch = epoch + 1, identity = '', raised_at = clock_timestamp()`;

const COME_HOME = `UPDATE auth.home SET written_in = tableoid::bigint, written_by = pg_current_xact_id()::xid::text::bigint`;

/** Of the session, so that it is still said when the transaction is another. */
export const BEGUN = `SELECT pg_catalog.set_config('latchkey.restoring', pg_catalog.pg_current_xact_id()::pg_catalog.text, false)`;

/** A script that was written for one transaction of its own (`pg_restore --single-transaction --file`) has ended ours. */
export const STILL_BEGUN = `DO $latchkey$ BEGIN
  IF pg_catalog.current_setting('latchkey.restoring') IS DISTINCT FROM pg_catalog.pg_current_xact_id()::pg_catalog.text THEN
    RAISE EXCEPTION 'the dump ends the transaction by itself: make one with pg_dump alone';
  END IF;
END $latchkey$`;

export const RESTORED: readonly string[] = [
  ...[REFUSE_STRANGERS, RAISE_ISSUER, ...RAISE_ALL, KILL_KEYS, COUNT_ON_KEYS, LOSE_THE_WIRE, COME_HOME],
];
