#!/bin/sh
# Owns the roles of the database, made once with it: for each service an owner, which migrates, and a role that only serves.
# What the serving roles may do on which table, the migrations grant. Does not own tables.
set -eu

secrets=${LATCHKEY_SECRETS_DIR:-/run/latchkey}/postgres

psql -v ON_ERROR_STOP=1 --no-psqlrc --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
  -v auth_owner="$(cat "$secrets/auth-owner-password")" \
  -v auth_service="$(cat "$secrets/auth-service-password")" \
  -v notes_owner="$(cat "$secrets/notes-owner-password")" \
  -v notes_service="$(cat "$secrets/notes-service-password")" <<'SQL'
CREATE ROLE auth_owner LOGIN PASSWORD :'auth_owner';
CREATE ROLE auth_service LOGIN PASSWORD :'auth_service';
CREATE ROLE notes_owner LOGIN PASSWORD :'notes_owner';
CREATE ROLE notes_service LOGIN PASSWORD :'notes_service';
REVOKE ALL ON DATABASE :"DBNAME" FROM PUBLIC;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT CONNECT ON DATABASE :"DBNAME" TO auth_owner, auth_service, notes_owner, notes_service;
-- Each owner makes its own schema.
GRANT CREATE ON DATABASE :"DBNAME" TO auth_owner, notes_owner;
SQL
