#!/usr/bin/env bash
# Soak: files of random size and time to four private sshds on loopback over links that fall silent and break, with killed connections, for
# SECONDS (600). Fails when memory, handles, threads or children of the daemon are more than 1.05 times as many in the last fifth as in the
# first (judged so from 600 s on), when a file is not whole everywhere, or when the ledger has outgrown its bound.
# CM_TEST_SEED=SEED replays the order of events.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export CM_SOAK_SECONDS=${1:-600}
exec "$root/test.sh" -class '*SoakTests' -showLiveOutput
