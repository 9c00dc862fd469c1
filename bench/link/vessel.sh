#!/usr/bin/env bash
# A throwaway vessel: a plain sshd with a key, a home and a mount namespace of its own, in which PLACE/files stands at the path INBOX. Needs root.
#   vessel.sh up PLACE INBOX KEYS ADDRESS PORT NAMESPACE | down PLACE
# KEYS holds the key pairs "host" and "key". CGROUP: put it into this control group.
set -euo pipefail

sftp_server() {
    local program
    for program in /usr/lib/openssh/sftp-server /usr/libexec/openssh/sftp-server /usr/lib/ssh/sftp-server; do
        if [ -x "$program" ]; then echo "$program" && return; fi
    done
    echo internal-sftp
}

configure() {
    printf '%s\n' "Port $port" "ListenAddress $address" "HostKey $keys/host" "AuthorizedKeysFile $keys/key.pub" "Subsystem sftp $(sftp_server)" \
        "UsePAM no" "StrictModes no" "PidFile none" "PasswordAuthentication no" "PermitRootLogin yes" "PrintMotd no" "PrintLastLog no" >"$place/sshd_config"
}

start() {
    local home
    home=$(getent passwd root | cut -d: -f6)
    (
        if [ -n "${CGROUP:-}" ]; then echo "$BASHPID" >"$CGROUP/cgroup.procs"; fi
        exec ip netns exec "$namespace" unshare -m --propagation private sh -c \
            'mount --bind "$1/files" "$2" && mount --bind "$1/home" "$3" && cd / && exec "$4" -D -e -f "$1/sshd_config"' \
            sh "$place" "$inbox" "$home" "$(PATH="$PATH:/usr/sbin:/sbin" command -v sshd)"
    ) >"$place/sshd.log" 2>&1 </dev/null &
    echo $! >"$place/pid"
    local tries
    for ((tries = 0; tries < 100; tries++)); do
        if grep -q "Server listening on" "$place/sshd.log"; then return 0; fi
        if ! kill -0 "$(cat "$place/pid")" 2>/dev/null; then return 1; fi
        sleep 0.1
    done
    return 1
}

up() {
    mkdir -p "$place/files" "$place/home" "$inbox" /run/sshd
    configure
    if start; then return; fi
    echo "Could not start a private sshd, because it said: $(tail -n 3 "$place/sshd.log")" >&2
    return 1
}

down() {
    local pid
    if pid=$(cat "$place/pid" 2>/dev/null) && grep -qaF "$place" "/proc/$pid/cmdline" 2>/dev/null; then kill "$pid"; fi
    rm -f "$place/pid"
}

place=${2:?}
case $1 in
    up) inbox=$3 keys=$4 address=$5 port=$6 namespace=$7 && up ;;
    down) down ;;
    *) sed -n '2,4s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
