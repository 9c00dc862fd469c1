#!/usr/bin/env bash
# It cannot resume.
source "$(dirname "$0")/common.sh"
send() { scp -q -r $ssh_options -P "$PORT" "$SRC/." "$HOST:$DST"; }
each_vessel send
