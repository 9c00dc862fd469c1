# The cases; read with "source". open_case sets: data, shore, vessels (places), hosts, link (a profile, or empty for
# loopback), size, files, ideal (ms, or 0).

open_case() {
    case_name=$1 link= vessels=() listeners= peer_retry= peer_fsync= ideal=0
    local count=1 file_size=0 file_count=1
    case $1 in
        A) file_size=1073741824 ;;
        B | B-disk) file_size=4096 file_count=10000 ;;
        G) file_size=268435456 count=4 ;;
        F) file_size=1024 file_count=0 ;;
        wan) link=wan file_size=268435456 ;;
        lte) link=lte file_size=33554432 ;;
        sat) link=sat file_size=16777216 ;;
        lfn) link=lfn file_size=536870912 ;;
        flap) link=flap file_size=67108864 peer_retry=yes ;;
        wan-small) link=wan file_size=10240 file_count=2000 ;;
        sat-small) link=sat file_size=10240 file_count=200 ;;
    esac
    data=$ram
    if [ "$1" = B-disk ]; then data=$run/disk peer_fsync=yes; fi
    if [ "$1" = B-disk ] && [ "$(stat -fc %T "$run")" = tmpfs ]; then echo "$work lies in memory: set BENCH_WORK to a place on a disk." >&2; fi
    shore=$data/files
    mkdir -p "$shore"
    make_files "$file_size" "$file_count"
    CC=${cc#cubic} "$root/bench/link/link.sh" up "${link:-loopback}" "$name"
    if [ -n "$link" ]; then ideal=$("$root/bench/link/link.sh" ideal "$link" "$size"); fi
    open_vessels "$count"
    reset_results
}

# One file, or many: --scale makes the one smaller, and the many fewer.
make_files() {
    local file_size=$1 file_count=$2
    if [ "$file_count" -eq 1 ]; then
        file_size=$(awk "BEGIN { print int($file_size * $scale) }")
    elif [ "$file_count" -gt 1 ]; then
        file_count=$(awk "BEGIN { n = int($file_count * $scale); print n < 1 ? 1 : n }")
    fi
    files=$file_count size=$((file_size * file_count))
    if [ "$file_count" -gt 0 ]; then
        head -c "$size" /dev/urandom | (cd "$shore" && split -b "$file_size" -a 5 -d - file)
        (cd "$shore" && sha256sum file* >"$data/hashes")
    fi
}

open_vessels() {
    local number place address=127.0.0.1 end=shore server=
    if [ -n "$link" ]; then address=10.77.1.2 end=vessel; fi
    if [ -n "$groups" ]; then server=$groups/server; fi
    hosts=
    : >"$keys/known_hosts"
    for ((number = 1; number <= $1; number++)); do
        # The places of vessels keep their files where the case has its data.
        place=$data/vessel$number
        mkdir -p "$place"
        vessels+=("$place")
        CGROUP=$server "$root/bench/link/vessel.sh" up "$place" "$shore" "$keys" "$address" $((2200 + number)) "$name-$end"
        hosts+="$address:$((2200 + number)) "
        listeners+="$(cat "$place/pid") "
        printf '[%s]:%s %s\n' "$address" $((2200 + number)) "$(cut -d' ' -f1,2 "$keys/host.pub")" >>"$keys/known_hosts"
    done
}

close_case() {
    local place
    for place in "${vessels[@]}"; do "$root/bench/link/vessel.sh" down "$place"; done
    listeners=
    end_rest server
    "$root/bench/link/link.sh" down "$name"
    vessels=()
    if [ -n "$data" ]; then rm -rf "${data:?}"/*; fi
}

# Every vessel has the product's defaults, the SettleTime aside. On the vessels the same path shows their own files.
write_settings() {
    local number=0 pair line
    rm -rf "$data/monster"
    mkdir -p "$data/monster"
    {
        printf '[Directory bench]\nLocation = "%s"\n' "$shore"
        if ! grep -q SettleTime <<<"${directory_settings[*]}"; then echo "SettleTime = 0"; fi
        for line in "${directory_settings[@]}"; do echo "$line"; done
        for pair in $hosts; do
            number=$((number + 1))
            printf '\n[Vessel vessel%d]\nAddress = %s\nPort = %d\nUsername = root\nIdentityFile = "%s"\nKnownHosts = "%s"\n' \
                "$number" "${pair%:*}" "${pair##*:}" "$keys/key" "$keys/known_hosts"
            for line in "${vessel_settings[@]}"; do echo "$line"; done
            # Root may use any algorithm whatever the host allows, so it is said here.
            if [ "$cc" = cubic ] && ! grep -q CongestionControl <<<"${vessel_settings[*]}"; then echo "CongestionControl = cubic"; fi
        done
    } >"$data/monster/settings.ini"
}
