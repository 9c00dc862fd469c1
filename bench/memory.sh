#!/usr/bin/env bash
# Peak memory of `contentmonster run --once` while a 3 GiB sparse file goes to one private sshd on loopback in 10 MiB chunks on 4 lanes.
# Fails when it is 150 MB or more. Root is not needed. BENCH_DIR: where the files lie; CONTENTMONSTER: a built one instead of building.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$root/bench/stage.sh"
open_stage 4096

mkdir "$stage/shore" "$stage/vessel"
truncate -s 3G "$stage/shore/sparse.bin"
write_settings "$stage/settings.ini" "$stage/shore" "$stage/vessel"
echo "$(date +%Y-%m-%d), $(nproc) cores, Linux $(uname -r | cut -d. -f1,2), $(ssh -V 2>&1 | cut -d, -f1), build: $build"
if ! /usr/bin/time -v -o "$stage/time.txt" "$monster" run --once --config "$stage/settings.ini" >"$stage/run.log" 2>&1; then
    tail -n 20 "$stage/run.log" >&2
    exit 1
fi
if ! cmp "$stage/shore/processed/sparse.bin" "$stage/vessel/sparse.bin"; then
    echo "What arrived differs from the source." >&2
    exit 1
fi

peak=$(sed -n 's/.*Maximum resident set size (kbytes): //p' "$stage/time.txt")
elapsed=$(sed -n 's/.*Elapsed (wall clock) time.*: //p' "$stage/time.txt")
echo "Peak RSS of the daemon: $((peak / 1000)) MB ($peak KiB) for 3 GiB in $elapsed; allowed: under 150 MB"
[ $((peak * 1024)) -lt 150000000 ]
