namespace ContentMonster.Tests.Kills;

/// <summary>One line at which the daemon dies.</summary>
/// <param name="Step">Of the way of a file, by number: edges of one step belong together.</param>
/// <param name="Point">A kill point of the daemon's own, or null.</param>
/// <param name="Asked">What it asks of a vessel at that line, or null.</param>
/// <param name="Moment">Before, in or after what it asks.</param>
/// <param name="Most">The line is passed at least so often in one life.</param>
/// <param name="OnCat">Whether it is the vessel that joins chunk files.</param>
/// <param name="BigInChunks">How big the largest file has to be for the line to be passed.</param>
internal sealed record Edge(int Step, string? Point, string? Asked = null, Moment Moment = Moment.Before, int Most = 1, bool OnCat = false, int BigInChunks = 5)
{
    private const int LongInChunks = 40; // more than a second at the bench's rate: progress is saved once a second

    /// <summary>Every step's edge, those of the ledger before and after its commit.</summary>
    public static IReadOnlyList<Edge> All { get; } =
    [
        new(1, null),
        .. Both(2, "RecordAsync"),
        new(4, "hashing"),
        .. Both(5, "HashedAsync"),
        .. Both(6, "LitteredAsync", 2), Vessel(6, "Init", Moment.Done), Vessel(6, "LinkStat", Moment.Before),
        Cat(7, "MakeDirectory", Moment.Before), Cat(7, "MakeDirectory", Moment.Done),
        Vessel(8, "Open", Moment.Before, 4), Vessel(8, "Open", Moment.Done, 4), .. Both(8, "StartAsync", 2),
        Vessel(9, "Write", Moment.Before, 6), Vessel(9, "Write", Moment.Done, 6),
        Vessel(10, "Close", Moment.Before, 4), Vessel(11, "Close", Moment.Done, 4),
        .. Both(12, "SaveProgressAsync").Select(edge => edge with { BigInChunks = LongInChunks }),
        Cat(13, "set -C", Moment.Before), Cat(14, "set -C", Moment.Half), Cat(15, "set -C", Moment.Done),
        Vessel(15, "script", Moment.Half, 4), Vessel(16, "script", Moment.Done, 4), Vessel(16, "script", Moment.Before, 4),
        Vessel(17, "fsync@openssh.com", Moment.Before, 3), Vessel(17, "fsync@openssh.com", Moment.Done, 3),
        Vessel(18, "posix-rename@openssh.com", Moment.Before, 3), Vessel(18, "posix-rename@openssh.com", Moment.Done, 3),
        Vessel(19, RelayedTalk.OpenForReading, Moment.Before, 2), Cat(19, RelayedTalk.OpenForReading, Moment.Done, 2),
        .. Both(20, "PublishedAsync", 3),
        Cat(21, "Remove", Moment.Before, 3), Cat(21, "Remove", Moment.Done, 3), .. Both(21, "SweptAsync"),
        .. Both(22, "ArchivingAsync"), new(23, "moved", Most: 3), .. Both(24, "ArchivedAsync"),
    ];

    public override string ToString() => $"step {Step}: {Point ?? Asked ?? "seen"} {(Asked is null ? "" : $"{Moment}{(OnCat ? " on cat" : "")}")}";

    private static Edge[] Both(int step, string operation, int most = 1) => [new(step, $"before {operation}", Most: most), new(step, $"after {operation}", Most: most)];

    private static Edge Vessel(int step, string asked, Moment moment, int most = 1) => new(step, null, asked, moment, most);

    private static Edge Cat(int step, string asked, Moment moment, int most = 1) => Vessel(step, asked, moment, most) with { OnCat = true };
}
