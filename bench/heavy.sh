#!/usr/bin/env bash
# All at once: 1,000,000 files queued for 8 vessels, and a sparse file of 100 GB under way to all of them. The daemon's memory, from its start until
# all is recorded and for a while after it; fails at 200 MiB. Each vessel is an sshd of its own on loopback, at 64 KiB/s.
# HEAVY_DIRECTORIES: so many directories of 1,000 files of 100 bytes (1000); HEAVY_VESSELS (8); HEAVY_SPARSE: the big file's size (100G);
# HEAVY_SECONDS: how long it goes on when all is recorded (180); BENCH_DIR: where the files lie (about 12 GB in memory); CONTENTMONSTER: a built one.
# Root is needed: the vessels' disk is a sparse one of 1 TB, or they would rightly say that they have no room. Prints Markdown.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$root/bench/stage.sh"
source "$root/bench/parts/table.sh"
cc= # What describe_machine wants to know.
directories=${HEAVY_DIRECTORIES:-1000} vessels=${HEAVY_VESSELS:-8} sparse=${HEAVY_SPARSE:-100G} seconds=${HEAVY_SECONDS:-180}
most_mib=200
if [ "$(id -u)" -ne 0 ]; then
    echo "bench/heavy.sh needs root: it mounts a disk for the vessels. Try: sudo $0" >&2
    exit 1
fi
open_stage $((directories * 12 + 1024))
daemon= listeners=
trap 'for one in $daemon $listeners; do kill "$one" 2>/dev/null || true; done; umount -l "$stage/vessels" 2>/dev/null || true; close_stage' EXIT

# add_vessel NUMBER: like the stage's own, with a home of its own. A port that is taken shows in ssh/vNUMBER.log.
add_vessel() {
    local home=$stage/vessels/v$1 own=$((port + $1))
    mkdir -p "$home"
    sed "s/^Port .*/Port $own/" "$stage/ssh/sshd_config" >"$stage/ssh/v$1"
    echo "ForceCommand cd '$home' && exec sh -c \"\$SSH_ORIGINAL_COMMAND\"" >>"$stage/ssh/v$1"
    "$(PATH="$PATH:/usr/sbin:/sbin" command -v sshd)" -D -f "$stage/ssh/v$1" -E "$stage/ssh/v$1.log" </dev/null &
    listeners+="$! "
    printf '[127.0.0.1]:%s %s\n' "$own" "$(cut -d' ' -f1,2 "$stage/ssh/host.pub")" >>"$stage/ssh/known_hosts"
    printf '[Vessel v%d]\nAddress = 127.0.0.1\nPort = %d\nUsername = %s\nIdentityFile = "%s"\nKnownHosts = "%s"\nBandwidthLimit = 64k\n\n' \
        "$1" "$own" "$(id -un)" "$stage/ssh/key" "$stage/ssh/known_hosts" >>"$stage/settings.ini"
}

mib() { awk -v field="$1:" '$1 == field { print int($2 / 1024) }' "/proc/$daemon/status"; }
row() { echo "| $1 | $2 |"; }

mkdir "$stage/vessels"
truncate -s 1T "$stage/vessels.img"
mkfs.ext4 -q -O ^has_journal "$stage/vessels.img"
mount -o loop "$stage/vessels.img" "$stage/vessels"
make_small_files "$directories"
truncate -s "$sparse" "$stage/shore/a-big-one"
write_settings "$stage/settings.ini" "$stage/shore" files
sed -i '/^\[Vessel/,$d' "$stage/settings.ini"
for ((number = 1; number <= vessels; number++)); do add_vessel "$number"; done
describe_machine
printf '\n| %d files of 100 bytes and a sparse one of %s to %d vessels | |\n|---|---|\n' $((directories * 1000)) "$sparse" "$vessels"
"$monster" run --config "$stage/settings.ini" >"$stage/run.log" 2>&1 &
daemon=$!
began=$SECONDS
until grep -q "Scanned bench" "$stage/run.log"; do
    if ! kill -0 "$daemon" 2>/dev/null || [ $((SECONDS - began)) -gt 3600 ]; then tail -n 20 "$stage/run.log" >&2 && exit 1; fi
    sleep 1
done
row "start to the end of the first scan, all recorded" "$((SECONDS - began)) s"
row "memory then (peak until then)" "$(mib VmRSS) MiB ($(mib VmHWM))"
sleep "$seconds"
row "memory after $seconds s more (peak)" "$(mib VmRSS) MiB ($(mib VmHWM))"
row "connections to vessels" "$(pgrep -P "$daemon" -x ssh | wc -l)"
row "of the big file on the vessels" "$(find "$stage/vessels" -name '.a-big-one*' -printf '%k\n' | awk '{ sum += $1 } END { print sum + 0 }') KiB"
row "small files delivered" "$(find "$stage/vessels" -name 'file-*' | wc -l) of $((directories * 1000 * vessels))"
row "the ledger" "$(($(stat -c %s "$stage/contentmonster.db") / 1048576)) MiB"
peak=$(mib VmHWM)
kill "$daemon"
wait "$daemon" || true
daemon=
row "peak; aim $most_mib MiB" "$peak MiB"
[ "$peak" -gt 0 ] && [ "$peak" -lt "$most_mib" ]
