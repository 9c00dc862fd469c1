# What is printed; read with "source". Times are in milliseconds.

seconds() { printf '%d.%02d' $(($1 / 1000)) $(($1 % 1000 / 10)); }
median() { printf '%s\n' "$@" | sort -n | sed -n "$((($# + 1) / 2))p"; }
ratio() { if [ "$2" -gt 0 ]; then printf '%d.%02d' $(($1 / $2)) $(($1 * 100 / $2 % 100)); else echo -; fi; }

# What the numbers were measured on, in general words.
describe_machine() {
    local what=""
    case $cc in
        cubic) what="cubic for all" ;;
        bbr) what="bbr for all" ;;
        *) what="cubic, ContentMonster as it chooses" ;;
    esac
    echo "$(date +%Y-%m-%d), $(nproc) cores, Linux $(uname -r | cut -d. -f1,2), $(ssh -V 2>&1 | cut -d, -f1), $(rsync --version 2>/dev/null | sed -n '1s/ *protocol.*//p' | tr -s ' '), congestion control: $what${build:+, build: $build}, load average at the start $(cut -d' ' -f1 /proc/loadavg)"
}

title() {
    local what
    if [ "$files" -eq 1 ]; then what="$(size_of "$size")"; else what="$files files of $(size_of $((size / files)))"; fi
    printf '%s: %s' "$case_name" "$what"
    if [ ${#vessels[@]} -gt 1 ]; then printf ' to %d vessels' ${#vessels[@]}; fi
    if [ "$ideal" -gt 0 ]; then printf '; the link at its full rate: %s s' "$(seconds "$ideal")"; fi
}

size_of() {
    if [ "$1" -ge 1048576 ] && [ $(($1 % 1048576)) -eq 0 ]; then echo "$(($1 / 1048576)) MiB"
    elif [ $(($1 % 1024)) -eq 0 ]; then echo "$(($1 / 1024)) KiB"
    else echo "$1 bytes"; fi
}

print_table() {
    local tool wall base=0 more to_rsync first="| program | wall (s) | / ideal | / rsync | CPU client (s) | CPU vessel (s) | peak (MB) | link bytes / size | runs, remarks |"
    if [ -n "${walls[rsync]:-}" ]; then base=$(median ${walls[rsync]}); fi
    printf '\n**%s**\n\n%s\n|---|---|---|---|---|---|---|---|---|\n' "$(title)" "$first"
    for tool in $tools; do
        wall=$(median ${walls[$tool]})
        more="" to_rsync=$(ratio "$wall" "$base")
        # What was stopped is only known to have taken longer.
        if [[ "${notes[rsync]:-}" == ">"* && "$tool" != rsync ]]; then to_rsync="< $to_rsync"; fi
        if [[ "${notes[$tool]:-}" == ">"* ]]; then
            more="> "
            case $to_rsync in "<"*) to_rsync=- ;; *) if [ "$tool" != rsync ] && [ "$base" -gt 0 ]; then to_rsync="> $to_rsync"; fi ;; esac
        fi
        printf '| %s | %s%s | %s%s | %s | %s | %s | %s | %s | %s |\n' "$(shown "$tool")" "$more" "$(seconds "$wall")" "$(if [ "$ideal" -gt 0 ]; then echo "$more"; fi)" "$(ratio "$wall" "$ideal")" "$to_rsync" \
            "$(cpu ${client_cpus[$tool]})" "$(cpu ${server_cpus[$tool]})" "$(megabytes ${peaks[$tool]})" "$(overhead ${carried[$tool]:-})" "$(remarks "$tool")"
    done
    echo
}

shown() {
    local words=${1//-/, }
    if [ -n "$peer_retry" ] && [ "$1" != contentmonster ]; then words+=" in a loop"; fi
    if [ -n "$peer_fsync" ] && [ "$1" = rsync ]; then words+=" --fsync"; fi
    echo "$words"
}
cpu() { if [ -n "$groups" ]; then seconds "$(median "$@")"; else echo -; fi; }
megabytes() { local peak; peak=$(median "$@"); if [ "$peak" -gt 0 ]; then echo $((peak * 1024 / 1000000)); else echo -; fi; }
overhead() { if [ $# -gt 0 ]; then awk -v bytes="$(median "$@")" -v size="$size" 'BEGIN { printf "%.3f", bytes / size }'; else echo -; fi; }

remarks() {
    local one all=""
    if [ "$rounds" -gt 1 ]; then for one in ${walls[$1]}; do all+="$(seconds "$one") "; done; fi
    echo "${all% }${notes[$1]:+ ${notes[$1]}}"
}

# In tenths of milliseconds.
print_visible() {
    local middle late
    middle=$(median "$@")
    late=$(printf '%s\n' "$@" | sort -n | sed -n "$(($# * 95 / 100))p")
    printf '\n**F: %d files of 1 KiB one after the other, from close to visible**\n\n| program | median (ms) | 95th percentile (ms) | longest (ms) |\n|---|---|---|---|\n' $#
    printf '| contentmonster | %s | %s | %s |\n\n' "$(tenths "$middle")" "$(tenths "$late")" "$(tenths "$(printf '%s\n' "$@" | sort -n | tail -n 1)")"
}
tenths() { echo "$(($1 / 10)).$(($1 % 10))"; }
