#!/usr/bin/env bash
# Four connections.
source "$(dirname "$0")/common.sh"
send() {
    HOME=$SCRATCH lftp -c "set sftp:connect-program 'ssh -a -x $ssh_options'; set cmd:fail-exit yes; set net:reconnect-interval-base 1;
        ${RETRY:+set net:timeout 20; set net:max-retries 0;} ${LFTP_SETTINGS:-}
        open -u root, sftp://$HOST:$PORT; mirror -R ${RETRY:+-c} --parallel=4 --no-perms '$SRC' '$DST'"
}
each_vessel send
