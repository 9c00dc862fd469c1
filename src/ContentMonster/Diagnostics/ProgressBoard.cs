using System.Collections.Concurrent;

namespace ContentMonster.Diagnostics;

/// <summary>Where workers write what they are doing and everybody else reads it.</summary>
internal sealed class ProgressBoard(TimeProvider time)
{
    private readonly DateTimeOffset _startedAt = time.GetUtcNow();
    private readonly ConcurrentDictionary<string, VesselProgress> _vessels = new(StringComparer.Ordinal);

    public VesselProgress Vessel(string name) => _vessels.GetOrAdd(name, static (key, clock) => new VesselProgress(key, clock), time);

    public BoardSnapshot Snapshot(IReadOnlyList<DirectorySnapshot> directories) =>
        new(time.GetUtcNow(), _startedAt, directories, [.. _vessels.Values.Select(vessel => vessel.Snapshot()).OrderBy(vessel => vessel.Name, StringComparer.Ordinal)]);
}
