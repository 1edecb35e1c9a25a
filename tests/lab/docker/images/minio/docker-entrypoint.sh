#!/bin/sh
# [minio] server [--address HOST:PORT] [--console-address HOST:PORT] DIRECTORY, with MINIO_ROOT_USER
# and MINIO_ROOT_PASSWORD; GET /minio/health/live answers when it is ready.
set -eu
[ "${1:-}" != minio ] || shift
if [ "${1:-}" != server ]; then
    echo 'Usage: minio server [--address HOST:PORT] DIRECTORY' >&2
    exit 1
fi
shift
directory='' address=:9000
while [ $# -gt 0 ]; do
    case $1 in
        --address) address=$2 && shift ;;
        --address=*) address=${1#*=} ;;
        --console-address) shift ;;
        -*) ;;
        *) directory=$1 ;;
    esac
    shift
done
user=${MINIO_ROOT_USER:-minioadmin} password=${MINIO_ROOT_PASSWORD:-minioadmin}
if [ ${#user} -lt 3 ] || [ ${#password} -lt 8 ]; then
    echo 'FATAL Invalid credentials: MINIO_ROOT_USER length should be at least 3,' \
        'and MINIO_ROOT_PASSWORD length at least 8 characters' >&2
    exit 1
fi
mkdir -p "$directory"
exec versitygw --quiet --access "$user" --secret "$password" --port "$address" \
    --health /minio/health/live posix "$directory"
