#!/usr/bin/env bash
# Builds and runs all tests. Arguments go to the test program, for example: ./test.sh -class '*RoomTests'
# The last line is "N passed, N failed, N skipped". With CI=true a skipped test fails.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$root/eng/setup.sh"

prepare_dotnet
install_missing mkfs.btrfs=btrfs-progs mkfs.ext4=e2fsprogs strace=strace ssh=openssh-client sshd=openssh-server dropbear=dropbear-bin busybox=busybox sqlite3=sqlite3 rsync=rsync ps=procps setsid=util-linux openssl=openssl systemd-analyze=systemd tcsh=tcsh ip=iproute2

dotnet build "$root/ContentMonster.slnx" --configuration Release --verbosity quiet -nologo --disable-build-servers

# As operators run it: compiled ahead of time it starts with a fifth less CPU. Where the compiler's package cannot be had it is the built one.
published=$root/src/ContentMonster.Daemon/bin/tested
unset CONTENTMONSTER_TESTED
if dotnet publish "$root/src/ContentMonster.Daemon" --configuration Release --output "$published" --verbosity quiet -nologo --disable-build-servers -p:RunAnalyzers=false; then
    export CONTENTMONSTER_TESTED=$published/contentmonster
else
    echo "The built program is tested, because it could not be published." >&2
fi

# Most of what runs here runs for seconds. What .NET would learn about it meanwhile, and that it never has code writable and executable at once, costs a sixth
# of the CPU. Tests that measure memory or CPU have both as usual.
export DOTNET_TieredPGO=0 DOTNET_EnableWriteXorExecute=0

# A test that runs for more than five minutes is named while it still hangs.
options=(-noColor -noAutoReporters -longRunning 300)
if [ "${CI:-}" = true ]; then
    options+=(-failSkips)
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
"$root/tests/ContentMonster.Tests/bin/Release/net10.0/ContentMonster.Tests" "${options[@]}" "$@" 2>&1 | tee "$log" || status=$?

# The runner's summary: "ContentMonster.Tests  Total: 9, Errors: 0, Failed: 1, Skipped: 2, Not Run: 0, Time: 0.1s"
summary=$(grep -E '^ +ContentMonster\.Tests +Total: [0-9]+' "$log" | tail -n 1 || true)
count() { sed -nE "s/.*[ ,]$1: ([0-9]+).*/\1/p" <<<"$summary" | grep . || echo 0; }
total=$(count Total) errors=$(count Errors) failed=$(count Failed) skipped=$(count Skipped) not_run=$(count 'Not Run')
failed=$((failed + errors))
passed=$((total - $(count Failed) - skipped - not_run))

if [ -z "$summary" ]; then
    echo "The test program ended with $status and without a summary." >&2
    failed=$((failed + 1))
elif [ "$total" -eq "$not_run" ]; then
    echo "No test was run." >&2
    status=1
elif [ "$failed" -eq 0 ] && [ "$status" -ne 0 ]; then
    echo "The test program ended with $status although no test failed." >&2
fi
if [ "${CI:-}" = true ] && [ "$skipped" -gt 0 ]; then
    echo "A skipped test fails in CI." >&2
    status=1
fi
if [ "$failed" -gt 0 ]; then
    status=1
fi

echo "$passed passed, $failed failed, $skipped skipped"
exit "$status"
