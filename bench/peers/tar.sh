#!/usr/bin/env bash
# tar | ssh tar: no SFTP; what one ssh connection carries when the vessel unpacks.
source "$(dirname "$0")/common.sh"
send() { tar -C "$SRC" -cf - . | ssh $ssh_options -p "$PORT" "$HOST" "tar -C '$DST' -xf -"; }
each_vessel send
