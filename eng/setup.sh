# Shell functions for demo.sh and test.sh; read with "source".

# What the .NET tools need wherever they run: no banner, no telemetry, and a home to write to.
prepare_dotnet() {
    export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
    if [ -z "${HOME:-}" ] || [ ! -w "$HOME" ]; then
        HOME=$(mktemp -d)
        export HOME
    fi
    if ! command -v dotnet >/dev/null; then
        echo "Could not build, because the .NET SDK is missing. Install .NET 10: https://dotnet.microsoft.com/download" >&2
        return 1
    fi
}

# install_missing PROGRAM=PACKAGE...: installs the packages whose program is not there (Debian, as root). No service is started by that.
install_missing() {
    local wanted missing=()
    for wanted in "$@"; do
        PATH="$PATH:/usr/sbin:/sbin" command -v "${wanted%%=*}" >/dev/null || missing+=("${wanted#*=}")
    done
    if [ ${#missing[@]} -eq 0 ]; then
        return 0
    fi
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
        echo "Missing: ${missing[*]}. Install them (on Debian, as root: apt-get install ${missing[*]}) and start again." >&2
        return 1
    fi
    echo "Installing ${missing[*]} ..." >&2
    # A subshell, so that its trap puts policy-rc.d back however the installation ends.
    (
        forbid_services
        trap allow_services EXIT
        export DEBIAN_FRONTEND=noninteractive
        apt-get -q update >/dev/null
        apt-get -q -y --no-install-recommends install "${missing[@]}" >/dev/null
    )
}

# invoke-rc.d asks policy-rc.d before it starts a service; 101 means no.
policy=/usr/sbin/policy-rc.d

forbid_services() {
    if [ -e "$policy" ] || [ -L "$policy" ]; then
        mv "$policy" "$policy.before-contentmonster"
    fi
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
}

allow_services() {
    rm -f "$policy"
    if [ -e "$policy.before-contentmonster" ] || [ -L "$policy.before-contentmonster" ]; then
        mv "$policy.before-contentmonster" "$policy"
    fi
}
