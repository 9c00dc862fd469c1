#!/usr/bin/env bash
# In the loop it resumes by size what an earlier attempt left.
source "$(dirname "$0")/common.sh"
send() {
    local resume=
    if [ -n "${RETRY:-}" ] && ssh $ssh_options -p "$PORT" "$HOST" "ls -A '$DST' | grep -q ."; then resume=-a; fi
    printf 'put %s "%s"/* "%s"/\n' "$resume" "$SRC" "$DST" >"$SCRATCH/batch.$PORT"
    sftp -q -b "$SCRATCH/batch.$PORT" $ssh_options -P "$PORT" "$HOST"
}
each_vessel send
