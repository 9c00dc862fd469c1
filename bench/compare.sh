#!/usr/bin/env bash
# ContentMonster beside the programs that work with a plain sshd on the other side: the same files, sshd and key, in turn. Prints Markdown tables.
#   bench/compare.sh CASE... [--tools "contentmonster rsync ..."] [--rounds N] [--cc cubic|bbr] [--budget SECONDS] [--scale FACTOR]
#                    [--setting "Key = value"] [--directory-setting "Key = value"] [--monster PATH] [--keep-logs]
# CASE: A B B-disk G F (loopback), wan lte sat lfn flap wan-small sat-small (emulated links), or "links", "loopback", "all". docs/benchmarks.md explains them.
# --cc     not given: the system's cubic for all, and ContentMonster may choose bbr, as it does. cubic: ContentMonster too. bbr: a system set to bbr, for all.
# --budget what takes longer is stopped, and its row says so (600). --scale: the sizes, or numbers of small files, times this, to try things out.
# Root is needed for namespaces, mounts and control groups. CONTENTMONSTER: a built executable instead of building. BENCH_WORK: the work directory.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$root/eng/setup.sh"
for part in build ground cases measure table; do source "$root/bench/parts/$part.sh"; done

usage() {
    sed -n '2,8s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
    exit 2
}

cases=() rounds=1 cc= budget=600 scale=1 keep_logs= vessel_settings=() directory_settings=()
tools="contentmonster rsync sftp scp tar lftp rclone"
if [ -n "${ORIGINAL:-}" ]; then tools+=" original"; fi
while [ $# -gt 0 ]; do
    case $1 in
        --tools) tools=${2:?} && shift ;;
        --rounds) rounds=${2:?} && shift ;;
        --cc)
            case ${2:?} in cubic | bbr) cc=$2 && shift ;; *) usage ;; esac ;;
        --budget) budget=${2:?} && shift ;;
        --scale) scale=${2:?} && shift ;;
        --setting) vessel_settings+=("${2:?}") && shift ;;
        --directory-setting) directory_settings+=("${2:?}") && shift ;;
        --monster) CONTENTMONSTER=${2:?} && shift ;;
        --keep-logs) keep_logs=yes ;;
        links) cases+=(wan lte sat lfn wan-small sat-small flap) ;;
        loopback) cases+=(A B B-disk G F) ;;
        all) cases+=(A B B-disk G F wan lte sat lfn wan-small sat-small flap) ;;
        A | B | B-disk | G | F | wan | lte | sat | lfn | wan-small | sat-small | flap) cases+=("$1") ;;
        *) echo "Unknown: $1" >&2 && usage ;;
    esac
    shift
done
if [ ${#cases[@]} -eq 0 ]; then usage; fi
if [ "$(id -u)" -ne 0 ]; then
    echo "bench/compare.sh needs root: it makes network namespaces, mounts and control groups. Try: sudo $0 ..." >&2
    exit 1
fi
for tool in $tools; do
    if [ "$tool" != contentmonster ] && [ ! -x "$root/bench/peers/$tool.sh" ]; then echo "Unknown tool: $tool" >&2 && exit 2; fi
done

# What each tool needs comes from the distribution's packages.
programs=(ssh=openssh-client sshd=openssh-server /usr/bin/time=time jq=jq gcc=gcc ip=iproute2 rsync=rsync openssl=openssl pgrep=procps)
case $tools in *lftp*) programs+=(lftp=lftp) ;; esac
case $tools in *rclone*) programs+=(rclone=rclone) ;; esac
install_missing "${programs[@]}"
open_ground
case " $tools " in *" contentmonster "*) find_monster ;; esac

describe_machine
failures=0
for case in "${cases[@]}"; do
    open_case "$case"
    if [ "$case" = F ]; then
        measure_visible
    else
        for ((round = 1; round <= rounds; round++)); do
            for tool in $tools; do measure "$tool"; done
        done
        print_table
    fi
    close_case
done
exit $((failures > 0))
