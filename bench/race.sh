# ContentMonster beside rsync and sftp: the same files, sshd, key and place, in turn, each to an empty destination. Read with "source" after
# stage.sh. The caller has filled $stage/shore and written $stage/hashes.

run_contentmonster() {
    "$monster" run --once --config "$stage/settings.ini"
}

run_rsync() {
    rsync -a -e "ssh ${ssh_options[*]}" "$stage/shore/" "127.0.0.1:$stage/vessel/"
}

# Not one of the peers as they come: it shows what the choice of the cipher does.
run_rsync_gcm() {
    rsync -a -e "ssh -c aes128-gcm@openssh.com ${ssh_options[*]}" "$stage/shore/" "127.0.0.1:$stage/vessel/"
}

run_sftp() {
    sftp -q "${ssh_options[@]/#-p/-P}" -b "$stage/batch" 127.0.0.1
}

# race PROGRAM...: three rounds; prints the table.
race() {
    local program round
    declare -A times=()
    printf 'put -rp "%s/." "%s"\n' "$stage/shore" "$stage/vessel" >"$stage/batch"
    write_settings "$stage/settings.ini" "$stage/shore" "$stage/vessel"
    describe_machine
    for round in $(seq "${ROUNDS:-3}"); do
        for program in "$@"; do
            rm -rf "$stage/vessel"
            mkdir "$stage/vessel"
            fresh_ledger
            took=$(milliseconds "run_$program")
            check_arrived
            put_back
            times[$program]+="$took "
            echo "round $round: $program $(seconds "$took") s" >&2
        done
    done

    local base
    base=$(median ${times[rsync]})
    echo
    echo "| program | runs (s) | median (s) | ratio to rsync |"
    echo "|---|---|---|---|"
    for program in "$@"; do
        local all=""
        for took in ${times[$program]}; do all+="$(seconds "$took") "; done
        took=$(median ${times[$program]})
        echo "| ${program//_/, } | ${all% } | $(seconds "$took") | $(ratio "$took" "$base") |"
    done
}

# What the daemon left beside its settings: every run begins with an empty ledger.
fresh_ledger() {
    find "$stage" -maxdepth 1 \( -name '*.db*' -o -name '*.sqlite*' -o -name '*.sock' -o -name '*.lock' \) -delete
}

# An archived file goes back to where the next program takes it from.
put_back() {
    if [ -d "$stage/shore/processed" ]; then
        find "$stage/shore/processed" -mindepth 1 -maxdepth 1 -exec mv -t "$stage/shore" {} +
        rmdir "$stage/shore/processed"
    fi
}

# Every file has the SHA-256 it had when it was made.
check_arrived() {
    if ! (cd "$stage/vessel" && sha256sum --quiet -c "$stage/hashes"); then
        echo "What arrived differs from the source." >&2
        return 1
    fi
    if [ "$(find "$stage/vessel" -type f | wc -l)" -ne "$(wc -l <"$stage/hashes")" ]; then
        echo "There are more files at the destination than were sent." >&2
        return 1
    fi
}
