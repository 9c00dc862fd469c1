#!/usr/bin/env bash
# A queue of 1,000,000 files: start-up scan, first delivery, `status`, memory, the ledger's size, idling while the vessel is away, restart.
# One private sshd on loopback; files of 100 bytes in 1,000 directories. Root is not needed. Prints Markdown.
# QUEUE_DIRECTORIES: so many directories of 1,000 files (1000); QUEUE_IDLE: seconds to watch it idle (60); BENCH_DIR: where the files lie
# (about 6 GB in memory); CONTENTMONSTER: a built one instead of building.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$root/bench/stage.sh"
source "$root/bench/parts/table.sh"
cc= # What describe_machine wants to know.
directories=${QUEUE_DIRECTORIES:-1000}
idle=${QUEUE_IDLE:-60}
open_stage $((directories * 6 + 1024))

daemon=
end_daemon() {
    if [ -n "$daemon" ]; then
        kill -"$1" "$daemon" 2>/dev/null || true
        wait "$daemon" 2>/dev/null || true
        daemon=
    fi
}
trap 'end_daemon KILL; close_stage' EXIT

begin_daemon() {
    began=${EPOCHREALTIME/[.,]/}
    "$monster" run --config "$stage/settings.ini" >"$stage/run-$1.log" 2>&1 &
    daemon=$!
}

since() { echo $(((${EPOCHREALTIME/[.,]/} - began) / 1000)); }

# Jiffies of processor time; kB of memory now; kB at the peak.
used() { awk '{ print $14 + $15 }' "/proc/$daemon/stat"; }
rss() { awk '/^VmRSS/ { print $2 }' "/proc/$daemon/status"; }
peak() { awk '/^VmHWM/ { print $2 }' "/proc/$daemon/status"; }

# wait_for SECONDS COMMAND...
wait_for() {
    local most=$1 waited
    shift
    for ((waited = 0; waited < most * 10; waited++)); do
        if "$@"; then return 0; fi
        if ! kill -0 "$daemon" 2>/dev/null; then break; fi
        sleep 0.1
    done
    echo "Waited in vain for: $*" >&2
    tail -n 20 "$stage"/run-*.log >&2
    return 1
}

any_delivered() { [ -n "$(find "$stage/vessel" -name 'file-*' -print -quit)" ]; }
scanned() { grep -q "Scanned bench" "$stage/run-$1.log"; }
row() { echo "| $1 | $2 |"; }
milliseconds() {
    local begun=${EPOCHREALTIME/[.,]/}
    "$@" >/dev/null
    echo $(((${EPOCHREALTIME/[.,]/} - begun) / 1000))
}
status_time() { milliseconds "$monster" status --config "$stage/settings.ini"; }
cpu_seconds() { awk -v jiffies="$1" -v hertz="$(getconf CLK_TCK)" 'BEGIN { printf "%.1f", jiffies / hertz }'; }

mkdir "$stage/vessel"
make_small_files "$directories"
write_settings "$stage/settings.ini" "$stage/shore" "$stage/vessel"
describe_machine
echo
echo "| $((directories * 1000)) files of 100 bytes in $directories directories | |"
echo "|---|---|"

begin_daemon first
wait_for 120 any_delivered
row "start to the first file delivered" "$(since) ms"
row "\`status\` while it scans and sends" "$(status_time) ms"

# The vessel goes away, with the connections that stand: all that is left is the queue.
kill -STOP "$sshd_pid" # It takes no more while its sessions are counted.
sessions=$(pgrep -P "$sshd_pid" || true)
kill "$sshd_pid" $sessions
kill -CONT "$sshd_pid"
wait "$sshd_pid" 2>/dev/null || true
sshd_pid=
wait_for 1800 scanned first
row "start to the end of the first scan, all recorded" "$(since) ms, $(cpu_seconds "$(used)") s of CPU"
row "memory then (peak until then)" "$(($(rss) / 1024)) MiB ($(($(peak) / 1024)) MiB)"
row "\`status\` with all queued" "$(status_time) ms"
sleep 5
before=$(used)
sleep "$idle"
row "CPU over $idle s with all queued and the vessel away" "$(cpu_seconds $(($(used) - before))) s"
row "memory after that" "$(($(rss) / 1024)) MiB"
end_daemon TERM
row "the ledger" "$(($(stat -c %s "$stage/contentmonster.db") / 1048576)) MiB"
row "files delivered until the vessel went" "$(find "$stage/vessel" -name 'file-*' | wc -l)"

begin_daemon second
wait_for 1800 scanned second
row "restart to the end of a scan that finds nothing new" "$(since) ms, $(cpu_seconds "$(used)") s of CPU, peak $(($(peak) / 1024)) MiB"
end_daemon KILL
begin_daemon third
wait_for 600 grep -q "Watching" "$stage/run-third.log"
row "start after a kill, with the check of the ledger, to watching" "$(since) ms"
end_daemon TERM
