# One run of one program, and what is known about it afterwards; read with "source".

reset_results() { declare -gA walls=() client_cpus=() server_cpus=() peaks=() carried=() notes=(); }

measure() {
    local tool=$1 began took watcher status=0 done_percent
    local log=$case_name.$tool.$round
    empty_vessels
    write_settings
    mkdir -p "$data/scratch"
    if [ -n "$link" ]; then "$root/bench/link/link.sh" reset "$name"; fi
    local client server
    client=$(cpu_of client) server=$(cpu_of server)
    began=${EPOCHREALTIME/[.,]/}
    start_program "$tool" "$run/logs/$log.log"
    watch_budget &
    watcher=$!
    wait "$current" || status=$?
    took=$(((${EPOCHREALTIME/[.,]/} - began) / 1000))
    current=
    kill "$watcher" 2>/dev/null || true
    wait "$watcher" 2>/dev/null || true
    done_percent=$(cat "$run/percent" 2>/dev/null || percent_done)
    rm -f "$run/percent"
    client=$(($(cpu_of client) - client)) server=$(($(cpu_of server) - server))
    if [ -n "$link" ]; then "$root/bench/link/link.sh" stats "$name" >"$run/link.json"; fi
    end_rest client
    end_rest server
    judge
    rm -rf "$data/scratch"
    if [ -n "$link" ] && [ "$status" -ne 0 ]; then sleep 3; fi # What is still under way on the link arrives, and is gone.
}

# A program that is stopped may take away what it has done so far: it is looked at before.
watch_budget() {
    trap - EXIT INT TERM HUP
    read -rt "$budget" -u 7 || true
    percent_done >"$run/percent"
}

# Sets current. "timeout" hands a TERM on; ten seconds later it kills.
start_program() {
    local command=("$root/bench/peers/$1.sh")
    if [ "$1" = contentmonster ]; then command=("$monster" run --once --config "$data/monster/settings.ini"); fi
    (
        if [ -n "$groups" ]; then echo "$BASHPID" >"$groups/client/cgroup.procs"; fi
        export SRC=$shore DST=$shore HOSTS=$hosts SSH_CONFIG=$keys/config KEY=$keys/key KNOWN_HOSTS=$keys/known_hosts SCRATCH=$data/scratch
        export RETRY=$peer_retry FSYNC=$peer_fsync
        if [ "$1" = contentmonster ]; then unset RETRY FSYNC; fi
        exec /usr/bin/time -o "$run/peak" -f %M timeout --kill-after=10 $((budget + 1)) ip netns exec "$name-shore" "${command[@]}"
    ) >"$2" 2>&1 </dev/null &
    current=$!
}

# Uses the variables of measure.
judge() {
    local note= peak
    if [ "$status" -eq 124 ] || [ "$status" -eq 137 ]; then
        took=$((budget * 1000)) note="> $budget s ($done_percent % done)"
    elif [ "$status" -ne 0 ]; then
        note="failed with $status ($done_percent % done)"
    elif ! note=$(what_is_wrong); then
        status=1
    fi
    put_back
    peak=0
    if [ "${note:0:1}" != ">" ]; then peak=$(tail -n 1 "$run/peak" 2>/dev/null | grep -xE '[0-9]+' || echo 0); fi
    rm -f "$run/peak"
    walls[$tool]+="$took " client_cpus[$tool]+="$client " server_cpus[$tool]+="$server " peaks[$tool]+="$peak "
    if [ -n "$link" ]; then carried[$tool]+="$(jq .a_to_b.carried_bytes "$run/link.json") "; fi
    if [ -n "$note" ]; then notes[$tool]=$note; fi
    echo "$case_name round $round: $tool $(seconds "$took") s${note:+, $note}" >&2
    if [ "$status" -ne 0 ] && [ "$status" -ne 124 ] && [ "$status" -ne 137 ]; then
        failures=$((failures + 1))
        last_lines "$log"
    fi
}

# Content by SHA-256, nothing else there, and for ours every source archived.
what_is_wrong() {
    local place
    for place in "${vessels[@]}"; do
        if ! (cd "$place/files" && sha256sum --quiet -c "$data/hashes") >>"$run/logs/$log.log" 2>&1; then echo "arrived wrong" && return 1; fi
        if [ "$(find "$place/files" -type f | wc -l)" -ne "$files" ]; then echo "left more than was sent" && return 1; fi
    done
    if [ "$tool" = contentmonster ] && [ "$(find "$shore/processed" -type f | wc -l)" -ne "$files" ]; then echo "archived not all" && return 1; fi
}

# Bytes that stand on the vessels, whatever their names.
percent_done() {
    local place places=()
    for place in "${vessels[@]}"; do places+=("$place/files"); done
    find "${places[@]}" -type f -printf '%s %b\n' | awk -v all=$((size * ${#vessels[@]})) \
        '{ held = $2 * 512; sum += $1 < held ? $1 : held } END { print int(all == 0 ? 0 : sum * 100 / all) }'
}

empty_vessels() {
    local place
    for place in "${vessels[@]}"; do find "$place/files" -mindepth 1 -delete; done
}

# An archived file goes back to where the next program takes it from ("completed" is the Python program's).
put_back() {
    local archive
    for archive in "$shore/processed" "$shore/completed"; do
        if [ -d "$archive" ]; then
            find "$archive" -mindepth 1 -maxdepth 1 -exec mv -t "$shore" {} +
            rmdir "$archive"
        fi
    done
}

# Case F: the daemon runs; from the end of writing a file to its name on the vessel.
measure_visible() {
    local number began count=${VISIBLE_FILES:-100} content took=()
    if [[ " $tools " != *" contentmonster "* ]]; then return 0; fi
    content=$(head -c 768 /dev/urandom | base64 -w 0)
    write_settings
    ip netns exec "$name-shore" "$monster" run --config "$data/monster/settings.ini" >"$run/logs/F.log" 2>&1 </dev/null &
    daemon=$!
    for ((number = -3; number < count; number++)); do
        printf %s "$content" >"$shore/file$number"
        began=${EPOCHREALTIME/[.,]/}
        until [ -e "${vessels[0]}/files/file$number" ]; do
            if ((${EPOCHREALTIME/[.,]/} - began > budget * 1000000)) || ! kill -0 "$daemon" 2>/dev/null; then
                failures=$((failures + 1))
                last_lines F
                return 0
            fi
            read -rt 0.001 -u 7 || true
        done
        if [ "$number" -ge 0 ]; then took+=("$(((${EPOCHREALTIME/[.,]/} - began) / 100))"); fi
        read -rt "0.$((100 + RANDOM % 200))" -u 7 || true
    done
    stop_current
    print_visible "${took[@]}"
}
