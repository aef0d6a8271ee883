#!/bin/sh
# Owns the roles of the database: for each service an owner, which migrates, and a role that only serves. Safe to run again,
# for another database of the same server too: a role that exists is given the password that stands in the file.
# What the serving roles may do on which table, the migrations grant. Does not own tables.
set -eu

secrets=${LATCHKEY_SECRETS_DIR:-/run/latchkey}/postgres

psql -v ON_ERROR_STOP=1 --no-psqlrc --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
  -v auth_owner="$(cat "$secrets/auth-owner-password")" \
  -v auth_service="$(cat "$secrets/auth-service-password")" \
  -v notes_owner="$(cat "$secrets/notes-owner-password")" \
  -v notes_service="$(cat "$secrets/notes-service-password")" <<'SQL'
DO $roles$
DECLARE
  role text;
BEGIN
  FOREACH role IN ARRAY ARRAY['auth_owner', 'auth_service', 'notes_owner', 'notes_service'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
      EXECUTE format('CREATE ROLE %I', role);
    END IF;
  END LOOP;
END
$roles$;
ALTER ROLE auth_owner LOGIN PASSWORD :'auth_owner';
ALTER ROLE auth_service LOGIN PASSWORD :'auth_service';
ALTER ROLE notes_owner LOGIN PASSWORD :'notes_owner';
ALTER ROLE notes_service LOGIN PASSWORD :'notes_service';
REVOKE ALL ON DATABASE :"DBNAME" FROM PUBLIC;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT CONNECT ON DATABASE :"DBNAME" TO auth_owner, auth_service, notes_owner, notes_service;
-- Each owner makes its own schema.
GRANT CREATE ON DATABASE :"DBNAME" TO auth_owner, notes_owner;
SQL
