#!/usr/bin/env bash
RCLONE_OPTIONS="--transfers 8 --checkers 16 --sftp-chunk-size 255k --sftp-concurrency 128 --no-traverse" exec "$(dirname "$0")/rclone.sh"
