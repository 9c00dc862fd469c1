#!/usr/bin/env bash
source "$(dirname "$0")/common.sh"
send() {
    rsync -a ${FSYNC:+--fsync} ${RETRY:+--partial --append-verify --timeout=20} -e "ssh ${CIPHER:+-c $CIPHER} $ssh_options -p $PORT" "$SRC/" "$HOST:$DST/"
}
each_vessel send
