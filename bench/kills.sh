#!/usr/bin/env bash
# The long versions of the tests that kill, cut and break: bench/kills.sh WHAT [N]
#   edges N      the daemon dies N times, at every edge between two steps in turn (2400)
#   instants N   daemon, ssh, session, sftp-server or shell are killed N times at random instants (5000)
#   vessel N     N system calls of the vessels' sftp-server fail or kill it (all: 1000)
#   daemon N     N system calls of the daemon fail or kill it (all: 1000)
#   cuts N       the link is cut N times at random bytes of one 64 MiB file (1000)
#   outages N    N vessels, each with a link that is away for a while: how soon bytes flow again
#   power N      the power of shore and vessels fails N times (500); root only
# CM_TEST_SEED=SEED replays a run (each prints its seed); CM_EDGE=WORDS takes only the edges whose names hold the words.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
what=${1:-}
number=${2:-}
case $what in
    edges) variable=CM_EDGE_KILLS tests='*StepEdgeTests*' usual=2400 ;;
    instants) variable=CM_RANDOM_KILLS tests='*RandomKillTests*' usual=5000 ;;
    vessel) variable=CM_VESSEL_CALLS tests='*SystemCallTests.A_system_call_of_the_vessels*' usual=1000 ;;
    daemon) variable=CM_DAEMON_CALLS tests='*SystemCallTests.A_system_call_of_the_daemon*' usual=1000 ;;
    cuts) variable=CM_CUTS tests='*CutTests.Cuts_at_random*' usual=1000 ;;
    outages) variable=CM_OUTAGES tests='*CutTests.Bytes_flow*' usual=12 ;;
    power) variable=CM_POWER_CUTS tests='*PowerCutTests*' usual=500 ;;
    *)
        sed -n '2,10s/^# //p' "${BASH_SOURCE[0]}" >&2
        exit 2
        ;;
esac
export "$variable=${number:-$usual}"
exec "$root/test.sh" -method "$tests" -showLiveOutput
