#!/usr/bin/env bash
# It has an ssh of its own.
source "$(dirname "$0")/common.sh"
send() {
    RCLONE_CONFIG=$SCRATCH/rclone.conf rclone copy "$SRC" ":sftp:$DST" --sftp-host "$HOST" --sftp-port "$PORT" --sftp-user root \
        --sftp-key-file "$KEY" --sftp-known-hosts-file "$KNOWN_HOSTS" ${RCLONE_OPTIONS:-}
}
touch "$SCRATCH/rclone.conf"
each_vessel send
