#!/usr/bin/env bash
LFTP_SETTINGS="set sftp:max-packets-in-flight 64; set sftp:size-write 65536;" exec "$(dirname "$0")/lftp.sh"
