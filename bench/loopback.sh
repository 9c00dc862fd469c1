#!/usr/bin/env bash
# 1 GiB of random data over loopback, both ends in memory: `contentmonster run --once` (verification and archive included) beside `rsync -a -e ssh`
# and `sftp -b`, in turn, three times. Prints a Markdown table. ROUNDS, BENCH_DIR and CONTENTMONSTER may be set.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$root/bench/stage.sh"
source "$root/bench/race.sh"
open_stage 2560

mkdir "$stage/shore"
head -c 1G /dev/urandom >"$stage/shore/random.bin"
(cd "$stage/shore" && sha256sum random.bin) >"$stage/hashes"
race contentmonster rsync sftp rsync_gcm
