#!/usr/bin/env bash
# The Python program ContentMonster. ORIGINAL names a checkout of it, ORIGINAL_PYTHON a Python that has paramiko and watchdog (else its venv's).
# It is a daemon: it is stopped when everything is archived.
source "$(dirname "$0")/common.sh"
mkdir -p "$SCRATCH/.ssh"
cp "$KEY" "$SCRATCH/.ssh/id_ed25519"
cp "$KNOWN_HOSTS" "$SCRATCH/.ssh/known_hosts"
cp -r "$ORIGINAL/src/contentmonster" "$SCRATCH/contentmonster"
{
    printf '[MONSTER]\nChunkSize = 10485760\n[Directory bench]\nLocation = %s\n' "$SRC"
    for pair in $HOSTS; do printf '[Vessel v%d]\nAddress = %s\nPort = %d\nUsername = root\nTempDir = %s/.temp\n' "${pair##*:}" "${pair%:*}" "${pair##*:}" "$DST"; done
} >"$SCRATCH/contentmonster/settings.ini"
cd "$SCRATCH" || exit 1
wanted=$(find "$SRC" -maxdepth 1 -type f | wc -l)
python=${ORIGINAL_PYTHON:-$ORIGINAL/venv/bin/python}
HOME=$SCRATCH setsid "$python" -u -m contentmonster.worker &
pid=$!
trap 'kill -- "-$pid"; wait "$pid"' EXIT
trap 'exit 143' TERM
until [ "$(find "$SRC/completed" -maxdepth 1 -type f 2>/dev/null | wc -l)" -eq "$wanted" ]; do
    if ! kill -0 "$pid" 2>/dev/null; then exit 1; fi
    sleep 0.2
done
