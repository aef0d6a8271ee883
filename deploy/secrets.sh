#!/bin/sh
# Owns the random secrets of `docker compose up`: makes each once, and writes for every service only what that service may
# know. Safe to run again: what exists stays. Needs no more than a POSIX shell and coreutils.
#   secrets.sh write   makes and writes (the default)
#   secrets.sh show    prints URLs, admin client and demo user
set -eu
umask 022

root=${LATCHKEY_SECRETS_DIR:-/run/latchkey}
issuer=${ISSUER:-http://localhost:4000}
admin_url=${ADMIN_URL:-http://localhost:4001}
api_url=${API_IDENTIFIER:-http://localhost:4002}
database=${POSTGRES_ADDRESS:-postgres:5432}/latchkey
redis=${REDIS_ADDRESS:-redis:6379}
demo_user=${DEMO_USER:-demo}

# The volume of each service is mounted there alone, so that every user inside that one container may read it.
put() { # file, content
  mkdir -p "$root/$(dirname "$1")"
  printf '%s\n' "$2" > "$root/$1.new"
  mv "$root/$1.new" "$root/$1"
}

hex() { od -An -tx1 -N"$1" /dev/urandom | tr -d ' \n'; }
base64url() { head -c "$1" /dev/urandom | base64 -w0 | tr '+/' '-_' | tr -d '='; }

# The first value of a name stays for ever: everything below is written from these.
keep() { # name, fresh value
  [ -s "$root/operator/kept/$1" ] || put "operator/kept/$1" "$2"
  cat "$root/operator/kept/$1"
}

sha256() { printf %s "$1" | sha256sum | cut -d' ' -f1; }

write() {
  superuser=$(keep postgres-superuser "$(hex 32)")
  auth_owner=$(keep postgres-auth-owner "$(hex 32)")
  auth_service=$(keep postgres-auth-service "$(hex 32)")
  notes_owner=$(keep postgres-notes-owner "$(hex 32)")
  notes_service=$(keep postgres-notes-service "$(hex 32)")
  redis_auth=$(keep redis-auth "$(hex 32)")
  redis_feed=$(keep redis-feed "$(hex 32)")
  client_id=$(keep admin-client-id "$(hex 16)")
  client_secret=$(keep admin-client-secret "$(hex 32)")
  password=$(keep demo-password "$(base64url 15)")
  key=$(keep key-encryption-key "$(base64url 32)")

  put postgres/superuser-password "$superuser"
  put postgres/auth-owner-password "$auth_owner"
  put postgres/auth-service-password "$auth_service"
  put postgres/notes-owner-password "$notes_owner"
  put postgres/notes-service-password "$notes_service"

  # Redis knows digests alone. What a guard's user may do is feedAclRules of @latchkey/tokens; a test compares them.
  put redis/users.acl "user default off
user auth on #$(sha256 "$redis_auth") resetkeys resetchannels -@all +@all -@admin -@dangerous +info ~latchkey:* ~{latchkey:*
user feed on #$(sha256 "$redis_feed") resetkeys resetchannels -@all %R~latchkey:revocations:v1 ~latchkey:revocations:v1:lease:feed:????????-????-????-????-???????????? +xread +xinfo|stream +time +set"

  put migrate/auth-database-url "postgres://auth_service:$auth_service@$database"
  put migrate/auth-migration-database-url "postgres://auth_owner:$auth_owner@$database"
  put migrate/notes-database-url "postgres://notes_service:$notes_service@$database"
  put migrate/notes-migration-database-url "postgres://notes_owner:$notes_owner@$database"

  put auth/database-url "postgres://auth_service:$auth_service@$database"
  put auth/redis-url "redis://auth:$redis_auth@$redis"
  put auth/key-encryption-key "$key"
  put auth/admin-client-id "$client_id"
  put auth/admin-client-secret "$client_secret"
  put auth/demo-password "$password"

  put notes/database-url "postgres://notes_service:$notes_service@$database"
  put notes/feed-redis-url "redis://feed:$redis_feed@$redis"

  put operator/bootstrap.json "{
  \"issuer\": \"$issuer\",
  \"admin_url\": \"$admin_url\",
  \"api_url\": \"$api_url\",
  \"admin\": { \"client_id\": \"$client_id\", \"client_secret\": \"$client_secret\" },
  \"user\": { \"username\": \"$demo_user\", \"password\": \"$password\" }
}"
}

case ${1:-write} in
  write) write ;;
  show) cat "$root/operator/bootstrap.json" ;;
  *)
    echo "usage: secrets.sh [write|show]" >&2
    exit 2
    ;;
esac
