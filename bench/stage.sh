# The ground of bench/memory.sh, where nobody need be root; read with "source". One private sshd on loopback, one work directory, both gone at the end.

# open_stage MIB: a work directory in memory where there is room for so many MiB, else in TMPDIR; a private sshd; the binary under test.
# Sets: stage, port, ssh_options, monster.
open_stage() {
    source "$root/eng/setup.sh"
    source "$root/bench/parts/build.sh"
    prepare_dotnet
    install_missing ssh=openssh-client sshd=openssh-server openssl=openssl /usr/bin/time=time
    stage=$(mktemp -d "$(roomy_place "$1")/contentmonster-bench.XXXXXX")
    sshd_pid=
    trap close_stage EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    work=$stage
    find_monster
    start_sshd
}

close_stage() {
    if [ -n "$sshd_pid" ]; then
        kill "$sshd_pid" 2>/dev/null || true
        wait "$sshd_pid" 2>/dev/null || true
    fi
    rm -rf "$stage"
}

# /dev/shm is a tmpfs on every Linux distribution. BENCH_DIR names another place.
roomy_place() {
    local place
    for place in ${BENCH_DIR:+"$BENCH_DIR"} /dev/shm; do
        if [ -w "$place" ] && [ "$(df --output=avail -m "$place" | tail -n 1)" -ge "$1" ]; then
            echo "$place"
            return
        fi
    done
    echo "Less than $1 MiB free in memory: the files lie in ${TMPDIR:-/tmp}, and the disk is measured too." >&2
    echo "${TMPDIR:-/tmp}"
}

start_sshd() {
    local sshd sftp
    sshd=$(PATH="$PATH:/usr/sbin:/sbin" command -v sshd)
    for sftp in /usr/lib/openssh/sftp-server /usr/libexec/openssh/sftp-server /usr/lib/ssh/sftp-server internal-sftp; do
        if [ -x "$sftp" ]; then break; fi
    done
    mkdir "$stage/ssh"
    ssh-keygen -q -t ed25519 -N '' -C throwaway -f "$stage/ssh/host"
    ssh-keygen -q -t ed25519 -N '' -C throwaway -f "$stage/ssh/key"
    cp "$stage/ssh/key.pub" "$stage/ssh/authorized_keys"
    if [ "$(id -u)" -eq 0 ]; then
        mkdir -p /run/sshd
    fi
    local tries
    for tries in 1 2 3 4 5 6 7 8 9 10; do
        port=$((20000 + RANDOM % 12000))
        printf '%s\n' "Port $port" "ListenAddress 127.0.0.1" "HostKey $stage/ssh/host" "AuthorizedKeysFile $stage/ssh/authorized_keys" \
            "Subsystem sftp $sftp" "UsePAM no" "StrictModes no" "PidFile none" "PasswordAuthentication no" "PermitRootLogin yes" \
            "MaxStartups 100" "UseDNS no" "PrintMotd no" "PrintLastLog no" >"$stage/ssh/sshd_config"
        "$sshd" -D -f "$stage/ssh/sshd_config" -E "$stage/ssh/sshd.log" </dev/null &
        sshd_pid=$!
        if sshd_listens; then
            printf '[127.0.0.1]:%s %s\n' "$port" "$(cut -d' ' -f1,2 "$stage/ssh/host.pub")" >"$stage/ssh/known_hosts"
            # The same for all: the key, the port, no settings of this account. Ciphers stay as each program has them.
            ssh_options=(-F none -p "$port" -i "$stage/ssh/key" -o IdentitiesOnly=yes -o BatchMode=yes -o "UserKnownHostsFile=$stage/ssh/known_hosts")
            return
        fi
        wait "$sshd_pid" 2>/dev/null || true
        sshd_pid=
    done
    echo "Could not start a private sshd, because it said: $(tail -n 3 "$stage/ssh/sshd.log")" >&2
    return 1
}

sshd_listens() {
    local tries
    for ((tries = 0; tries < 100; tries++)); do
        if grep -q "Server listening on 127.0.0.1 port $port" "$stage/ssh/sshd.log" 2>/dev/null; then return 0; fi
        if ! kill -0 "$sshd_pid" 2>/dev/null; then return 1; fi
        sleep 0.1
    done
    return 1
}

# make_small_files DIRECTORIES: so many, of 1,000 files of 100 bytes each, on the shore.
make_small_files() {
    local number
    echo "Making $(($1 * 1000)) files ..." >&2
    for ((number = 0; number < $1; number++)); do
        mkdir -p "$stage/shore/directory-$number"
        (cd "$stage/shore/directory-$number" && head -c 100000 /dev/zero | split -b 100 -a 3 -d - file-)
    done
}

# write_settings FILE LOCATION REMOTE: one directory, one vessel, 10 MiB chunks, 4 lanes.
write_settings() {
    cat >"$1" <<END
[MONSTER]
ChunkSize = 10M

[Directory bench]
Location = "$2"
RemoteLocation = "$3"
SettleTime = 0

[Vessel loopback]
Address = 127.0.0.1
Port = $port
Username = $(id -un)
IdentityFile = "$stage/ssh/key"
KnownHosts = "$stage/ssh/known_hosts"
Connections = 4
END
}
