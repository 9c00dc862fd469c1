#!/usr/bin/env bash
# 10,000 files of 4 KiB over loopback, both ends in memory, as bench/loopback.sh does it. For information.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$root/bench/stage.sh"
source "$root/bench/race.sh"
open_stage 1024

mkdir "$stage/shore"
head -c 40960000 /dev/urandom | (cd "$stage/shore" && split -b 4096 -a 4 -d - file)
(cd "$stage/shore" && sha256sum file*) >"$stage/hashes"
race contentmonster rsync sftp
