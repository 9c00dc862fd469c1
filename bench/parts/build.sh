# The ContentMonster under test; read with "source" after eng/setup.sh. Needs: root, work.

# Sets monster and build: CONTENTMONSTER where it names a built one, else a stand-alone Release publish (where .NET's own packages cannot be had, one with
# ReadyToRun, or without), made once for each state of the sources.
find_monster() {
    build="given"
    monster=${CONTENTMONSTER:-}
    if [ -n "$monster" ]; then
        if [ ! -x "$monster" ]; then echo "There is no program $monster." >&2 && return 1; fi
        return
    fi
    local place
    place=$work/builds/$(state_of_sources)
    mkdir -p "$work/builds"
    (
        flock 9
        if [ ! -e "$place/build" ]; then publish_monster "$place"; fi
    ) 9>"$work/builds/lock"
    build="$(cat "$place/build") of $(basename "$place")"
    monster=$place/contentmonster
}

# The last commit that touched them, and what was changed since.
state_of_sources() {
    local commit changes
    if ! commit=$(cd "$root" && git log -1 --format=%h -- src ./*.props 2>/dev/null) || [ -z "$commit" ]; then
        find "$root/src" "$root"/*.props -type f -not -path '*/obj/*' -not -path '*/bin/*' -print0 | sort -z | xargs -0 cat | sha256sum | cut -c 1-12
        return
    fi
    changes=$(cd "$root" && git status --porcelain -- src ./*.props && git diff HEAD -- src ./*.props && git ls-files -z --others --exclude-standard -- src | xargs -0r cat)
    if [ -n "$changes" ]; then commit+="-changed-$(sha256sum <<<"$changes" | cut -c 1-8)"; fi
    echo "$commit"
}

publish_monster() {
    prepare_dotnet
    local place=$1 how="Release, stand-alone"
    local publish=(dotnet publish "$root/src/ContentMonster.Daemon" --configuration Release --output "$place" --verbosity quiet -nologo --disable-build-servers)
    echo "Building ..." >&2
    if ! "${publish[@]}" -p:StandAlone=true >"$work/publish.log" 2>&1; then
        how="Release, ReadyToRun"
        if ! "${publish[@]}" >"$work/publish.log" 2>&1; then
            how="Release"
            if ! "${publish[@]}" -p:PublishReadyToRun=false >"$work/publish.log" 2>&1; then
                cat "$work/publish.log" >&2
                return 1
            fi
        fi
    fi
    echo "$how" >"$place/build"
}
