#!/usr/bin/env bash
# Many vessels, each an sshd of its own on loopback, all in memory. Prints Markdown rows; root is needed. bench/fleet.sh [four] [fleet] [hole]
#   four    one file (FOUR_MIB=256) to 4 vessels at once, beside 4 runs to one vessel each: wall, CPU, bytes read of the source
#   fleet   one file (FILE_MIB=16) and SMALL=200 of 4 KiB to FLEET=50 vessels: the daemon's peak memory (bar: under 300 MB), wall
#   hole    the same with one vessel more that never answers: how much later the others have everything (median of ROUNDS=3; bar: under 1.05 times)
# Without a word: all. BUDGET: seconds after which a run is given up (600). CONTENTMONSTER: a built executable. BENCH_WORK: the work directory.
# KEEP_LOGS=yes: the daemon's logs are kept there.
# Fails where something did not arrive whole, or a bar is missed.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$root/eng/setup.sh"
for part in build ground cases measure table; do source "$root/bench/parts/$part.sh"; done
fleet=${FLEET:-50} rounds=${ROUNDS:-3} four_mib=${FOUR_MIB:-256} file_mib=${FILE_MIB:-16} small=${SMALL:-200} budget=${BUDGET:-600}
hole_address=10.88.0.2

# What the parts of bench/compare.sh want to know.
cc= link= keep_logs=${KEEP_LOGS:-} peer_retry= peer_fsync= scale=1 round=1 failures=0 ideal=0 tools=contentmonster hosts= vessel_settings=() directory_settings=()

# open_ground_for VESSELS: they stand at $shore, each for itself.
open_ground_for() {
    data=$ram shore=$ram/files
    mkdir -p "$shore"
    "$root/bench/link/link.sh" up loopback "$name"
    open_vessels "$1"
}

# Hashes of all that lies on the shore, for "judge" and "check_vessels".
note_files() {
    files=$(find "$shore" -maxdepth 1 -type f -name 'file*' | wc -l)
    (cd "$shore" && sha256sum file* >"$data/hashes")
}

end_part() {
    close_case
    hosts=
}

# bytes_read: what one run reads of the source, by system calls; a run of its own, for it takes longer so.
bytes_read() {
    empty_vessels
    write_settings
    timeout "$budget" ip netns exec "$name-shore" strace -f -qq --seccomp-bpf -P "$shore/file00000" -e trace=read,pread64,readv,preadv,preadv2,sendfile,splice,copy_file_range,mmap \
        -o "$run/strace" "$monster" run --once --config "$data/monster/settings.ini" >"$run/logs/strace.log" 2>&1
    put_back
    awk '/mmap\(/ { print "mapped" > "/dev/stderr" } / = [0-9]+$/ { sum += $NF } END { printf "%d\n", sum }' "$run/strace"
}

sum() { printf '%s\n' "$@" | awk '{ sum += $1 } END { print sum + 0 }'; }
row_of_four() {
    printf '| %s | %s | %s | %s | %s |\n' "$1" "$(seconds "$(sum ${walls[contentmonster]})")" "$(seconds "$(sum ${client_cpus[contentmonster]})")" \
        "$(seconds "$(sum ${server_cpus[contentmonster]})")" "$(awk "BEGIN { printf \"%.2f\", $2 / $size }")"
}

part_four() {
    open_ground_for 4
    case_name=four size=$((four_mib * 1048576))
    head -c "$size" /dev/urandom >"$shore/file00000"
    note_files
    local all_hosts=$hosts all_vessels=("${vessels[@]}") number read=0
    printf '\n| %d MiB to 4 vessels | wall (s) | CPU client (s) | CPU vessels (s) | bytes read of the source / size |\n|---|---|---|---|---|\n' "$four_mib"
    reset_results
    measure contentmonster
    row_of_four "at once" "$(bytes_read)"
    reset_results
    for number in 0 1 2 3; do
        hosts=$(cut -d' ' -f$((number + 1)) <<<"$all_hosts") vessels=("${all_vessels[$number]}")
        measure contentmonster
        read=$((read + $(bytes_read)))
    done
    row_of_four "one after another, 4 runs" "$read"
    hosts=$all_hosts vessels=("${all_vessels[@]}")
    end_part
}

make_fleet_files() {
    head -c $((file_mib * 1048576)) /dev/urandom >"$shore/file-big"
    if [ "$small" -gt 0 ]; then head -c $((small * 4096)) /dev/urandom | (cd "$shore" && split -b 4096 -a 5 -d - file); fi
    note_files
}

# Of the fleet alone: the one that never answers is not among "vessels".
arrived() {
    local place places=()
    for place in "${vessels[@]}"; do places+=("$place/files"); done
    find "${places[@]}" -ignore_readdir_race -maxdepth 1 -type f -name 'file*' -printf '%C@\n' 2>/dev/null || true # Unfinished files come and go meanwhile.
}

check_vessels() {
    local place
    for place in "${vessels[@]}"; do
        if ! (cd "$place/files" && sha256sum --quiet -c "$data/hashes") >&2; then
            failures=$((failures + 1))
            echo "Arrived wrong: $place" >&2
        fi
    done
}

# deliver LABEL [SECTION]: the daemon runs until all files stand on the whole fleet. Sets took and peak, in ms and bytes, and by_cpu, the time taken in
# thousandths of the vessels' CPU time: their work is the same in each run, so how fast the machine was just then falls out. The moment is that of
# the last rename, by the file's change time: looking once a second disturbs less than looking often.
deliver() {
    local began last count wanted=$((files * ${#vessels[@]})) client server
    took=0 peak=0
    empty_vessels
    write_settings
    printf '%s\n' "${2:-}" >>"$data/monster/settings.ini"
    client=$(cpu_of client) server=$(cpu_of server)
    began=$EPOCHREALTIME
    (
        if [ -n "$groups" ]; then echo "$BASHPID" >"$groups/client/cgroup.procs"; fi
        exec ip netns exec "$name-shore" "$monster" run --config "$data/monster/settings.ini"
    ) >"$run/logs/$1.$round.log" 2>&1 </dev/null &
    daemon=$!
    while :; do
        read -rt 1 -u 7 || true
        count=$(arrived | wc -l)
        if [ "$count" -ge "$wanted" ]; then break; fi
        if ! kill -0 "$daemon" 2>/dev/null || awk "BEGIN { exit !($EPOCHREALTIME - $began > $budget) }"; then
            failures=$((failures + 1))
            echo "$1: $count of $wanted files arrived." >&2
            break
        fi
    done
    client=$(($(cpu_of client) - client)) server=$(($(cpu_of server) - server))
    last=$(arrived | sort -n | tail -n 1)
    took=$(awk "BEGIN { print int((${last:-$began} - $began) * 1000) }")
    peak=$(awk '/^VmHWM/ { print $2 * 1024 }' "/proc/$daemon/status" 2>/dev/null || echo 0)
    if [ "$count" -lt "$wanted" ]; then last_lines "$1.$round"; fi
    stop_current
    end_rest server
    check_vessels
    put_back
    cpus="$(seconds "$client") | $(seconds "$server")" by_cpu=$((took * 1000 / (server > 0 ? server : 1)))
    echo "$1 round $round: $(seconds "$took") s, CPU $(seconds "$client") + $(seconds "$server") s, peak $((peak / 1000000)) MB" >&2
}

title_of_fleet() { echo "$file_mib MiB and $small x 4 KiB to ${#vessels[@]} vessels"; }

open_fleet() {
    open_ground_for "$fleet"
    make_fleet_files
}

part_fleet() {
    open_fleet
    local verdict=met
    deliver fleet
    if [ "$peak" -ge 300000000 ] || [ "$peak" -eq 0 ]; then verdict=missed failures=$((failures + 1)); fi
    printf '\n| %s | wall (s) | CPU client (s) | CPU vessels (s) | peak of the daemon (MB) | bar: under 300 MB |\n|---|---|---|---|---|---|\n' "$(title_of_fleet)"
    printf '| all at once | %s | %s | %d | %s |\n' "$(seconds "$took")" "$cpus" $((peak / 1000000)) "$verdict"
    end_part
}

# One behind a TUN device that no program holds, which swallows every packet; and one whose sshd is stopped: there the kernel takes the connection,
# and nobody ever speaks.
open_holes() {
    ip -n "$name-shore" tuntap add dev cmhole mode tun
    ip -n "$name-shore" addr add "${hole_address%.*}.1/24" dev cmhole
    ip -n "$name-shore" link set cmhole up
    local place=$data/vessel-stopped
    stopped_port=2199
    CGROUP=${groups:+$groups/server} "$root/bench/link/vessel.sh" up "$place" "$shore" "$keys" 127.0.0.1 "$stopped_port" "$name-shore"
    stopped=$(cat "$place/pid")
    listeners+="$stopped "
    kill -STOP "$stopped"
}

# A stopped process takes its end only when it goes on.
close_holes() {
    if [ -n "${stopped:-}" ]; then
        kill "$stopped" 2>/dev/null || true
        kill -CONT "$stopped" 2>/dev/null || true
        stopped=
    fi
}

hole_section() {
    printf '\n[Vessel hole]\nAddress = %s\nPort = %d\nUsername = root\nIdentityFile = "%s"\nKnownHosts = "%s"\n' "$1" "$2" "$keys/key" "$keys/known_hosts"
}

part_hole() {
    open_fleet
    open_holes
    local without=() swallowed=() silent=() without_by_cpu=() swallowed_by_cpu=() silent_by_cpu=() turn kinds=(without swallowed silent)
    for ((round = 1; round <= rounds; round++)); do
        # Each is first, second and third in turn: what drifts on the machine is shared out.
        for turn in 0 1 2; do
            case ${kinds[$(((round + turn) % 3))]} in
                without) deliver without; without+=("$took") without_by_cpu+=("$by_cpu") ;;
                swallowed) deliver swallowed "$(hole_section "$hole_address" 22)"; swallowed+=("$took") swallowed_by_cpu+=("$by_cpu") ;;
                silent) deliver silent "$(hole_section 127.0.0.1 "$stopped_port")"; silent+=("$took") silent_by_cpu+=("$by_cpu") ;;
            esac
        done
    done
    printf '\n| %s | all files on all others, median (s) | over without it | bar: under 1.05 | measured in CPU time of the vessels | runs (s) |\n|---|---|---|---|---|---|\n' "$(title_of_fleet)"
    row_of_hole "without" "$(median "${without_by_cpu[@]}")" "${without[@]}"
    row_of_hole "one more that swallows every packet" "$(median "${swallowed_by_cpu[@]}")" "${swallowed[@]}"
    row_of_hole "one more that takes connections and never answers" "$(median "${silent_by_cpu[@]}")" "${silent[@]}"
    close_holes
    end_part
}

# Uses without of part_hole.
over() { awk "BEGIN { if ($2 > 0) printf \"%.3f\", $1 / $2; else print \"-\" }"; }
row_of_hole() {
    local label=$1 by_cpu=$2 one runs="" verdict="" base middle
    shift 2
    base=$(median "${without[@]}") middle=$(median "$@")
    for one in "$@"; do runs+="$(seconds "$one") "; done
    if [ "$label" != without ]; then
        verdict=met
        if ! awk "BEGIN { exit !($base > 0 && $middle / $base < 1.05) }"; then verdict=missed failures=$((failures + 1)); fi
    fi
    printf '| %s | %s | %s | %s | %s | %s |\n' "$label" "$(seconds "$middle")" "$(over "$middle" "$base")" "$verdict" "$(over "$by_cpu" "$(median "${without_by_cpu[@]}")")" "${runs% }"
}

parts=("$@")
if [ ${#parts[@]} -eq 0 ]; then parts=(four fleet hole); fi
for part in "${parts[@]}"; do
    case $part in four | fleet | hole) ;; *) sed -n '2,8s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2 && exit 2 ;; esac
done
if [ "$(id -u)" -ne 0 ]; then
    echo "bench/fleet.sh needs root: it makes network namespaces, mounts and control groups. Try: sudo $0 ..." >&2
    exit 1
fi
install_missing ssh=openssh-client sshd=openssh-server /usr/bin/time=time jq=jq gcc=gcc ip=iproute2 rsync=rsync openssl=openssl pgrep=procps strace=strace
open_ground
trap 'close_holes; close_ground' EXIT
find_monster
describe_machine
for part in "${parts[@]}"; do "part_$part"; done
exit $((failures > 0))
