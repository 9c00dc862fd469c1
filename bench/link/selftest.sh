#!/usr/bin/env bash
# Is the emulated link what it claims to be? Its own limit, and rate, delay, loss, seed, queue and outages of known profiles. Needs root.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
source "$root/eng/setup.sh"
if [ "$(id -u)" -ne 0 ]; then echo "bench/link/selftest.sh needs root: it makes network namespaces. Try: sudo $0" >&2 && exit 1; fi
install_missing jq=jq gcc=gcc ip=iproute2 iperf3=iperf3 ping=iputils-ping
link=$root/bench/link/link.sh
name=cmself$$
server=
failures=0

finish() {
    if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; fi
    "$link" down "$name"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# check WHAT VALUE LEAST MOST
check() {
    local verdict=wrong
    if awk "BEGIN { exit !($2 >= $3 && $2 <= $4) }"; then verdict=right; else failures=$((failures + 1)); fi
    printf '%-62s %12.2f   (%s to %s)   %s\n' "$1" "$2" "$3" "$4" "$verdict"
}

open_link() {
    if [ -n "$server" ]; then kill "$server" && wait "$server" 2>/dev/null || true; fi
    "$link" up "$1" "$name"
    ip netns exec "$name-vessel" iperf3 -s >/dev/null 2>&1 </dev/null &
    server=$!
    until ip netns exec "$name-vessel" ss -ltn | grep -q :5201; do sleep 0.05; done
}

# Mbit/s that arrived.
rate_of() { ip netns exec "$name-shore" iperf3 -c 10.77.1.2 -J "$@" | jq '.end.sum_received.bits_per_second // (.end.sum.bits_per_second * (100 - .end.sum.lost_percent) / 100) | . / 1e6'; }
pings() { ip netns exec "$name-shore" ping -q -n -s "$1" -i "$2" -c "$3" 10.77.1.2 || true; }
counter() { "$link" stats "$name" | jq "$1"; }

open_link null
check "null: one TCP connection (Mbit/s)" "$(rate_of -t 4)" 2000 1000000
check "null: round trip (ms)" "$(pings 56 0.01 200 | sed -n 's|.*= [^/]*/\([^/]*\)/.*|\1|p')" 0 5

open_link lfn
check "lfn (1000 Mbit/s): TCP by bbr, 4 connections (Mbit/s)" "$(rate_of -t 8 -O 3 -P 4 -C bbr)" 650 1000

open_link lte
check "lte: round trip (ms)" "$(pings 56 0.02 200 | sed -n 's|.*= [^/]*/\([^/]*\)/.*|\1|p')" 59.5 64
"$link" reset "$name"
pings 1000 0.002 4000 >/dev/null
first=$(counter .a_to_b.drop_loss_pkts)
check "lte: lost of 4,000 packets there (%)" "$(awk "BEGIN { print $first / 40 }")" 0.6 1.4
"$link" reset "$name"
pings 1000 0.002 4000 >/dev/null
check "lte: the same seed loses as many again" "$(counter .a_to_b.drop_loss_pkts)" "$first" "$first"

open_link 30,60,0,0,0
check "30 Mbit/s: UDP of 60 Mbit/s into it (Mbit/s)" "$(rate_of -u -b 60M -l 1400 -t 4)" 28 30.1
check "30 Mbit/s: most bytes in the queue, of 225,000" "$(counter .a_to_b.queue_max_bytes)" 220000 225000

open_link 20,20,0,2,1
pings 56 0.02 300 >/dev/null
check "up 2 s, down 1 s: lost of pings over 6 s (%)" "$(counter '(.a_to_b.drop_outage_pkts) / 3')" 25 40

exit $((failures > 0))
