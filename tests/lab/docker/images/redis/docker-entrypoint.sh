#!/bin/sh
# The official image is compiled with the protected mode off; Debian's server has it on.
set -e
case $1 in -* | *.conf) set -- redis-server "$@" ;; esac
if [ "$1" = redis-server ]; then
    set -- "$@" --protected-mode no
    [ "$(id -u)" != 0 ] || exec setpriv --reuid=redis --regid=redis --init-groups "$@"
fi
exec "$@"
