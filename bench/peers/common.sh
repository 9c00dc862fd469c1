# What every peer's wrapper begins with; read with "source". From the environment: SRC (a directory), DST (where its content goes on each vessel),
# HOSTS ("address:port ..."), SSH_CONFIG, KEY, KNOWN_HOSTS, SCRATCH; RETRY (a link that comes and goes: repeat until it succeeded, as an
# operator's loop would), FSYNC (what arrives must be on the disk).
set -u
ssh_options="-F $SSH_CONFIG"
if [ -n "${RETRY:-}" ]; then ssh_options+=" -o ServerAliveInterval=5 -o ServerAliveCountMax=3"; fi

# each_vessel FUNCTION: once for every vessel, side by side, with HOST and PORT set.
each_vessel() {
    local pair pid pids=() status=0
    for pair in $HOSTS; do
        (
            HOST=${pair%:*} PORT=${pair##*:}
            until "$@"; do
                if [ -z "${RETRY:-}" ]; then exit 1; fi
                sleep 1
            done
        ) &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do wait "$pid" || status=1; done
    return "$status"
}
