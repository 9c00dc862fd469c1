#!/usr/bin/env bash
# Builds, then shows it at work: two private SSH servers on this machine, six files, all cleaned up within a minute.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$root/eng/setup.sh"

prepare_dotnet
install_missing ssh=openssh-client sshd=openssh-server

echo "Building ..."
dotnet build "$root/src/ContentMonster.Daemon" --configuration Release --verbosity quiet -nologo -clp:ErrorsOnly --disable-build-servers
exec "$root/src/ContentMonster.Daemon/bin/Release/net10.0/contentmonster" demo "$@"
