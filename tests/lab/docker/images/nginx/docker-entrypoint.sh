#!/bin/sh
# As in the official image: templates are filled in with the environment, and scripts run, first.
# https://github.com/docker-library/docs/blob/master/nginx/content.md
set -e
if [ "$1" = nginx ]; then
    names=$(env | sed -nE 's/^([A-Za-z_][A-Za-z0-9_]*)=.*/${\1}/p')
    for file in /etc/nginx/templates/*.template; do
        [ -e "$file" ] || continue
        name=${file##*/}
        # Only what is in the environment: nginx's own variables look the same.
        envsubst "$names" <"$file" >"/etc/nginx/conf.d/${name%.template}"
    done
    for file in /docker-entrypoint.d/*.sh; do
        [ ! -x "$file" ] || "$file"
    done
fi
exec "$@"
