#!/usr/bin/env bash
# An emulated link between two network namespaces, NAME-shore (10.77.1.1) and NAME-vessel (10.77.1.2). Neither has a default route. Needs root.
#   link.sh up PROFILE NAME | reset NAME | stats NAME | down NAME | show PROFILE | ideal PROFILE BYTES
# PROFILE: one of those below, or MBIT,RTT_MS,LOSS_PERCENT,UP_S,DOWN_S, or loopback (NAME-shore alone, with 127.0.0.1). CC: a congestion control that both
# ends must use; else it is cubic, unless a program asks for another. SEED: which packets are lost (1). BENCH_WORK: where the emulator is built and what is up is noted.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=${BENCH_WORK:-/var/tmp/contentmonster-bench}

# Mbit/s, round trip in ms, loss in percent each way, seconds up, seconds down.
profile() {
    case $1 in
        lan) echo 1000 1 0 0 0 ;;
        wan) echo 100 80 0.1 0 0 ;;
        lte) echo 30 60 1 0 0 ;;
        sat) echo 10 600 0.5 0 0 ;;
        lfn) echo 1000 150 0.01 0 0 ;;
        flap) echo 20 100 0.5 20 10 ;;
        null) echo 0 0 0 0 0 ;;
        *,*,*,*,*) echo "${1//,/ }" ;;
        *) echo "Unknown link: $1" >&2; return 1 ;;
    esac
}

# The drop-tail queue holds what the link carries in one round trip, at least 64 KiB (1 MiB from 1 Gbit/s up).
queue_bytes() {
    awk -v mbit="$1" -v rtt="$2" 'BEGIN { q = mbit * 125 * rtt; least = mbit < 1000 ? 65536 : 1048576; print mbit == 0 ? 0 : int(q < least ? least : q) }'
}

# One for each state of its source: two that run at once may be of different ones.
build_emulator() {
    program=$work/linksim-$(sha256sum <"$here/linksim.c" | cut -c 1-12)
    if [ ! -x "$program" ]; then
        gcc -O2 -Wall -o "$program.$$" "$here/linksim.c"
        mv "$program.$$" "$program"
    fi
}

# A namespace's own default may only be what the host allows to everybody.
make_namespace() {
    local allowed=/proc/sys/net/ipv4/tcp_allowed_congestion_control
    if ! grep -qw cubic "$allowed"; then
        echo "This system allows cubic to nobody else, and the ends of a link use it. Allow it: sysctl -w net.ipv4.tcp_allowed_congestion_control='$(cat "$allowed") cubic'" >&2
        exit 1
    fi
    ip netns add "$1"
    ip netns exec "$1" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1 net.ipv4.tcp_congestion_control=cubic \
        net.ipv4.tcp_rmem='4096 131072 67108864' net.ipv4.tcp_wmem='4096 65536 67108864' net.ipv4.tcp_no_metrics_save=1
    ip -n "$1" link set lo up
}

# Another congestion control than cubic stands at the route, for a namespace's own default may only be one that the host allows to everybody. (cubic
# may not stand there: a route's word goes before what a program asks for.)
open_end() {
    ip -n "$1" addr add "$2/32" dev cm0
    ip -n "$1" link set cm0 txqueuelen 4000 mtu 1500 up
    ip -n "$1" route add "$3/32" dev cm0 ${CC:+congctl "$CC"}
}

up() {
    local mbit rtt loss up_s down_s
    if [ "$1" = loopback ]; then
        down
        make_namespace "$name-shore"
        return
    fi
    read -r mbit rtt loss up_s down_s < <(profile "$1")
    build_emulator
    down
    make_namespace "$name-shore"
    make_namespace "$name-vessel"
    "$program" --a "$name-shore" --b "$name-vessel" --rate "$mbit" --delay "$(awk "BEGIN { print $rtt / 2 }")" --loss "$loss" \
        --queue "$(queue_bytes "$mbit" "$rtt")" --up "$up_s" --down "$down_s" --seed "${SEED:-1}" --stats "$state.json" >"$state.log" 2>&1 </dev/null &
    echo $! >"$state.pid"
    local tries
    for ((tries = 0; tries < 100; tries++)); do
        if ip -n "$name-vessel" link show cm0 >/dev/null 2>&1; then
            open_end "$name-shore" 10.77.1.1 10.77.1.2
            open_end "$name-vessel" 10.77.1.2 10.77.1.1
            return
        fi
        sleep 0.05
    done
    echo "The emulated link did not come up: $(cat "$state.log")" >&2
    return 1
}

emulator() {
    local pid
    pid=$(cat "$state.pid" 2>/dev/null) && grep -qazxF "$state.json" "/proc/$pid/cmdline" 2>/dev/null && echo "$pid"
}

down() {
    local pid end
    if pid=$(emulator); then
        kill "$pid"
        while kill -0 "$pid" 2>/dev/null; do sleep 0.02; done
    fi
    for end in shore vessel; do
        if [ -e "/run/netns/$name-$end" ]; then ip netns del "$name-$end"; fi
    done
    rm -f "$state".*
}

stats() {
    local before tries
    before=$(jq .seq "$state.json" 2>/dev/null || echo 0)
    kill -USR1 "$(emulator)"
    for ((tries = 0; tries < 200; tries++)); do
        if [ "$(jq .seq "$state.json" 2>/dev/null || echo 0)" != "$before" ]; then break; fi
        sleep 0.02
    done
    cat "$state.json"
}

# How long so many bytes take at the link's full rate, outages included, headers and round trips not: milliseconds.
ideal() {
    profile "$1" | awk -v bytes="$2" '{ s = $1 == 0 ? 0 : bytes * 8 / ($1 * 1e6); print int((s + ($4 > 0 ? int(s / $4) * $5 : 0)) * 1000) }'
}

command=${1:-}
case $command in
    show) profile "$2" ;;
    ideal) ideal "$2" "$3" ;;
    up | down | reset | stats)
        name=${!#}
        state=$work/links/$name
        mkdir -p "$work/links"
        case $command in
            up) up "$2" ;;
            reset) kill -USR2 "$(emulator)" && sleep 0.02 ;;
            *) "$command" ;;
        esac ;;
    *) sed -n '2,5s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
