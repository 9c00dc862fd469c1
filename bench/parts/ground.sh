# Where everything happens; read with "source". Nothing of it is left at the end.

# Sets: work (kept: builds and the emulator), run (this run's), ram (its tmpfs), keys, name (of its namespaces), groups (control groups, or empty).
open_ground() {
    work=${BENCH_WORK:-/var/tmp/contentmonster-bench}
    export BENCH_WORK=$work
    mkdir -p "$work"
    clear_stale
    name=cmbench$$
    run=$work/run.$$
    ram=$run/ram
    keys=$run/keys
    groups=
    data= current= daemon= listeners= vessels=()
    trap close_ground EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    mkdir -p "$ram" "$run/logs"
    mount -t tmpfs -o "mode=755,size=75%,nr_inodes=2m" contentmonster-bench "$ram"
    exec 7<> <(:) # "read -t" on it waits without a process.
    exec 7<> <(:) # "read -t" on it waits without a process.
    open_groups
    make_keys
}

# What a run that was killed left behind.
clear_stale() {
    local left pid place
    for left in "$work"/run.*; do
        pid=${left##*.}
        if [ ! -d "$left" ]; then continue; fi
        if kill -0 "$pid" 2>/dev/null; then
            echo "Another run (process $pid) is at work: the figures of both suffer." >&2
            continue
        fi
        "$root/bench/link/link.sh" down "cmbench$pid"
        for place in "$left"/*/vessel*; do if [ -d "$place" ]; then "$root/bench/link/vessel.sh" down "$place"; fi; done
        remove_run "$left"
    done
}

remove_run() {
    umount -l "$1/ram" 2>/dev/null || true
    if mountpoint -q "$1/ram"; then return; fi
    rm -rf "$1"
}

close_ground() {
    trap '' INT TERM HUP
    stop_current
    close_case
    if [ -n "$groups" ]; then
        local group tries
        for group in "$groups"/client "$groups"/server "$groups"; do
            for ((tries = 0; tries < 50; tries++)); do if rmdir "$group" 2>/dev/null; then break; fi; sleep 0.1; done
        done
    fi
    if [ -n "$keep_logs" ]; then
        mkdir -p "$work/logs"
        cp -r "$run/logs/." "$work/logs"
        echo "Logs: $work/logs" >&2
    fi
    remove_run "$run"
}

# What is being measured is stopped by its process id, which passes it on to what it started.
stop_current() {
    local pid
    for pid in $current $daemon; do
        kill $(pgrep -P "$pid") "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    current= daemon=
    end_rest client
}

# Both kinds of control groups count CPU time; where there is neither, the column is left out.
open_groups() {
    local base
    if [ "$(stat -fc %T /sys/fs/cgroup)" = cgroup2fs ]; then
        base=/sys/fs/cgroup
    else
        base=$(awk '$3 == "cgroup" && $4 ~ /(^|,)cpuacct(,|$)/ { print $2; exit }' /proc/mounts)
    fi
    if [ -n "$base" ] && mkdir "$base/$name" "$base/$name/client" "$base/$name/server" 2>/dev/null; then groups=$base/$name; fi
}

# cpu_of client|server: milliseconds so far.
cpu_of() {
    if [ -z "$groups" ]; then
        echo 0
    elif [ -e "$groups/$1/cpuacct.usage" ]; then
        echo $(($(cat "$groups/$1/cpuacct.usage") / 1000000))
    else
        echo $(($(sed -n 's/^usage_usec //p' "$groups/$1/cpu.stat") / 1000))
    fi
}

# end_rest client|server: ends what is left in the group, the listening sshd aside.
end_rest() {
    if [ -z "$groups" ]; then return 0; fi
    local tries pid left
    for ((tries = 0; tries < 40; tries++)); do
        left=
        for pid in $(cat "$groups/$1/cgroup.procs"); do
            case " $listeners " in *" $pid "*) ;; *) left+=" $pid" ;; esac
        done
        if [ -z "$left" ]; then return 0; fi
        if [ "$tries" -ge 10 ]; then kill $left 2>/dev/null || true; fi
        if [ "$tries" -ge 30 ]; then kill -KILL $left 2>/dev/null || true; fi
        sleep 0.1
    done
}

# The same for all: the key, the host key, no settings of this account.
make_keys() {
    mkdir -m 700 "$keys"
    ssh-keygen -q -t ed25519 -N '' -C throwaway -f "$keys/host"
    ssh-keygen -q -t ed25519 -N '' -C throwaway -f "$keys/key"
    printf '%s\n' "Host *" " User root" " IdentityFile $keys/key" " IdentitiesOnly yes" " UserKnownHostsFile $keys/known_hosts" \
        " StrictHostKeyChecking yes" " BatchMode yes" " ConnectTimeout 30" >"$keys/config"
}

# The log of what went wrong.
last_lines() { tail -n 15 "$run/logs/$1.log" | sed 's/^/    /' >&2; }
