#!/usr/bin/env bash
# What the official image promises: POSTGRES_USER, _PASSWORD, _DB (each also as _FILE), _INITDB_ARGS
# and _HOST_AUTH_METHOD, PGDATA, /docker-entrypoint-initdb.d, and its lines in the log: clients wait
# for the second "ready to accept connections".
# https://github.com/docker-library/docs/blob/master/postgres/content.md
set -Eeuo pipefail

if [ "${1:0:1}" = - ]; then
    set -- postgres "$@"
fi
[ "$1" = postgres ] || exec "$@"

if [ "$(id -u)" = 0 ]; then
    mkdir -p "$PGDATA"
    chown -R postgres "$PGDATA"
    chmod 700 "$PGDATA"
    exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi

for name in POSTGRES_USER POSTGRES_PASSWORD POSTGRES_DB; do
    file=${name}_FILE
    [ -z "${!file:-}" ] || export "$name=$(<"${!file}")"
done
user=${POSTGRES_USER:-postgres}
database=${POSTGRES_DB:-$user}

ask() {
    psql --no-psqlrc --no-password --quiet --set ON_ERROR_STOP=1 --username "$user" "$@"
}

if [ -s "$PGDATA/PG_VERSION" ]; then
    printf '\nPostgreSQL Database directory appears to contain a database; Skipping initialization\n\n'
    exec "$@"
fi
if [ -z "${POSTGRES_PASSWORD:-}" ] && [ "${POSTGRES_HOST_AUTH_METHOD:-}" != trust ]; then
    echo 'Error: Database is uninitialized and superuser password is not specified.' >&2
    exit 1
fi
# shellcheck disable=SC2086 # they are arguments
initdb --username="$user" --pwfile=<(printf '%s\n' "${POSTGRES_PASSWORD:-}") \
    ${POSTGRES_INITDB_ARGS:-}
printf '\nhost all all all %s\n' "${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}" >>"$PGDATA/pg_hba.conf"

# Until all is made nobody but this script can connect: the server listens on its socket alone.
PGUSER=$user pg_ctl --pgdata="$PGDATA" --options="-c listen_addresses=''" --wait start
if [ "$database" != postgres ]; then
    ask --dbname postgres --set database="$database" <<<'CREATE DATABASE :"database";'
fi
for file in /docker-entrypoint-initdb.d/*; do
    case $file in
        *.sh) "$file" ;;
        *.sql) ask --dbname "$database" --file "$file" ;;
        *.sql.gz) gunzip -c "$file" | ask --dbname "$database" ;;
    esac
done
PGUSER=$user pg_ctl --pgdata="$PGDATA" --mode=fast --wait stop
printf '\nPostgreSQL init process complete; ready for start up.\n\n'
exec "$@"
