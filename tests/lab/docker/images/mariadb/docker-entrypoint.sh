#!/usr/bin/env bash
# What the official images promise: MARIADB_ROOT_PASSWORD, _RANDOM_ROOT_PASSWORD,
# _ALLOW_EMPTY_ROOT_PASSWORD, _ROOT_HOST, _DATABASE, _USER and _PASSWORD (also as MYSQL_ and as
# _FILE), /docker-entrypoint-initdb.d, and their lines in the log: clients wait for the second
# "ready for connections". https://github.com/docker-library/docs/blob/master/mariadb/content.md
set -euo pipefail

case ${1:--} in
    -*) set -- mariadbd "$@" ;;
    mysqld) set -- mariadbd "${@:2}" ;;
esac
[ "$1" = mariadbd ] || exec "$@"

data=/var/lib/mysql
if [ "$(id -u)" = 0 ]; then
    chown mysql:mysql "$data" /run/mysqld
    exec setpriv --reuid=mysql --regid=mysql --init-groups "$0" "$@"
fi
[ ! -d "$data/mysql" ] || exec "$@"

# What a variable says under the name of either image, or the file that it names.
value() {
    local name file
    for name in "MARIADB_$1" "MYSQL_$1"; do
        file=${name}_FILE
        if [ -n "${!name:-}" ]; then
            printf %s "${!name}"
            return
        elif [ -n "${!file:-}" ]; then
            printf %s "$(<"${!file}")"
            return
        fi
    done
}

quoted() {
    local text=${1//\\/\\\\}
    printf "'%s'" "${text//\'/\\\'}"
}

root_password=$(value ROOT_PASSWORD)
database=$(value DATABASE)
user=$(value USER)
if [ -z "$root_password" ]; then
    if [ -n "$(value RANDOM_ROOT_PASSWORD)" ]; then
        root_password=$(head -c 24 /dev/urandom | base64)
        echo "GENERATED ROOT PASSWORD: $root_password"
    elif [ -z "$(value ALLOW_EMPTY_ROOT_PASSWORD)$(value ALLOW_EMPTY_PASSWORD)" ]; then
        echo 'Database is uninitialized and password option is not specified' >&2
        exit 1
    fi
fi

# Until all is made nobody from outside can connect: the server listens on its socket alone.
mariadb-install-db --skip-test-db --auth-root-authentication-method=normal >/dev/null
"$@" --skip-networking &
server=$!
until mariadb-admin --user=root --silent ping 2>/dev/null; do
    kill -0 "$server" || exit 1
    sleep 0.1
done
{
    if [ -n "$database" ]; then
        # shellcheck disable=SC2016 # they are no commands
        printf 'CREATE DATABASE IF NOT EXISTS `%s`;\n' "${database//\`/\`\`}"
    fi
    if [ -n "$user" ]; then
        who="$(quoted "$user")@'%'"
        echo "CREATE USER $who IDENTIFIED BY $(quoted "$(value PASSWORD)");"
        # The name is a pattern here, in which _ stands for any letter.
        # shellcheck disable=SC2016
        [ -z "$database" ] || printf 'GRANT ALL ON `%s`.* TO %s;\n' "${database//_/\\_}" "$who"
    fi
    host=$(value ROOT_HOST)
    everywhere="'root'@$(quoted "${host:-%}")"
    echo "CREATE USER IF NOT EXISTS $everywhere IDENTIFIED BY $(quoted "$root_password");"
    echo "GRANT ALL ON *.* TO $everywhere WITH GRANT OPTION;"
    echo "ALTER USER 'root'@'localhost' IDENTIFIED BY $(quoted "$root_password");"
} | mariadb --user=root --database=mysql
ask() {
    MYSQL_PWD=$root_password mariadb --user=root ${database:+--database="$database"}
}
for file in /docker-entrypoint-initdb.d/*; do
    case $file in
        *.sh) if [ -x "$file" ]; then "$file"; else bash "$file"; fi ;;
        *.sql) ask <"$file" ;;
        *.sql.gz) gunzip -c "$file" | ask ;;
    esac
done
MYSQL_PWD=$root_password mariadb-admin --user=root shutdown
wait "$server"
echo 'MariaDB init process done. Ready for start up.'
exec "$@"
