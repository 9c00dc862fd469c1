using System.Text.Json.Serialization;
using ContentMonster.Diagnostics;
using ContentMonster.Ledger;
using ContentMonster.Model;

namespace ContentMonster.Daemon.Hosting;

/// <summary>All that `status` shows, from the daemon or, without one, from the ledger. Names and paths are as they may be shown.</summary>
internal sealed record StatusReport
{
    public required bool DaemonRuns { get; init; }
    public required DateTimeOffset At { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
    public IReadOnlyList<VesselStatus> Vessels { get; init; } = [];
    public IReadOnlyList<DirectorySnapshot> Directories { get; init; } = [];
    public required long LiveFiles { get; init; }
    public required long RefusedFiles { get; init; }
    public required long ArchivedFiles { get; init; }

    /// <summary>The oldest ones; <see cref="LiveFiles"/> counts all.</summary>
    public IReadOnlyList<MissingStatus> Missing { get; init; } = [];
    public IReadOnlyList<RefusedStatus> Refused { get; init; } = [];

    /// <summary>Not yet everywhere. The sums are read one after another, while the daemon works.</summary>
    [JsonIgnore]
    public long UndeliveredFiles => Math.Max(0, LiveFiles - UnarchivedFiles);

    /// <summary>Of the live files, those that are everywhere and could not be archived.</summary>
    public long UnarchivedFiles { get; init; }
    public IReadOnlyList<UnarchivedStatus> Unarchived { get; init; } = [];

    public static async Task<StatusReport> FromAsync(IEngine engine, int count, CancellationToken cancellationToken)
    {
        BoardSnapshot board = engine.Snapshot();
        LedgerTotals totals = await engine.TotalsAsync(cancellationToken);
        return Of(totals, await engine.MissingAsync(count, cancellationToken), await engine.RefusedAsync(count, cancellationToken), await engine.UnarchivedAsync(count, cancellationToken), board.At) with
        {
            DaemonRuns = true,
            StartedAt = board.StartedAt,
            Directories = board.Directories,
            Vessels = [.. board.Vessels.Select(vessel => VesselStatus.Of(vessel, totals.Vessels.FirstOrDefault(total => total.Vessel == vessel.Name)))],
        };
    }

    public static async Task<StatusReport> FromAsync(ILedgerView ledger, int count, DateTimeOffset now, CancellationToken cancellationToken) => Of(
        await ledger.TotalsAsync(cancellationToken),
        await ledger.MissingAsync(count, cancellationToken),
        await ledger.RefusedAsync(count, cancellationToken),
        await ledger.UnarchivedAsync(count, cancellationToken),
        now);

    private static StatusReport Of(LedgerTotals totals, IReadOnlyList<MissingFile> missing, IReadOnlyList<RefusedFile> refused, Unarchived unarchived, DateTimeOffset at) => new()
    {
        DaemonRuns = false,
        At = at,
        Vessels = [.. totals.Vessels.Select(VesselStatus.Of)],
        LiveFiles = totals.LiveFiles,
        RefusedFiles = totals.RefusedFiles,
        ArchivedFiles = totals.FilesArchived,
        Missing = [.. missing.Select(MissingStatus.Of)],
        Refused = [.. refused.Select(file => new RefusedStatus(file.Directory, file.Path.ToString(), file.Reason, file.Since))],
        UnarchivedFiles = unarchived.Files,
        Unarchived = [.. unarchived.First.Select(file => new UnarchivedStatus(file.Directory, file.Path.ToString(), file.Reason))],
    };
}

/// <summary>One vessel: how it is, what waits for it, what ails it.</summary>
internal sealed record VesselStatus
{
    /// <summary>The state of all vessels while no daemon runs: what the last one saw is over, and no attempt is next.</summary>
    public const string Unattended = "Unattended";

    public required string Name { get; init; }
    public required string State { get; init; }
    public int Lanes { get; init; }
    public required long WaitingFiles { get; init; }
    public required long WaitingBytes { get; init; }
    public long SteppedBackFiles { get; init; }
    public double BytesPerSecond { get; init; }

    /// <summary>What the kernel tells of the open lanes' connections; null: nothing.</summary>
    public LinkSnapshot? Link { get; init; }
    public TimeSpan? Eta { get; init; }
    public FailureKind? ErrorKind { get; init; }
    public string? LastError { get; init; }
    public string? Advice { get; init; }
    public DateTimeOffset? LastErrorAt { get; init; }
    public DateTimeOffset? NextAttempt { get; init; }
    public required long PublishedFiles { get; init; }
    public long UnverifiedFiles { get; init; }
    public IReadOnlyList<ActiveFile> Active { get; init; } = [];

    public static VesselStatus Of(VesselTotals totals) => new()
    {
        Name = totals.Vessel,
        State = Unattended,
        WaitingFiles = totals.WaitingFiles,
        WaitingBytes = totals.WaitingBytes,
        SteppedBackFiles = totals.SteppedBackFiles,
        ErrorKind = totals.Note?.Kind,
        LastError = totals.Note?.LastError,
        LastErrorAt = totals.Note?.LastErrorAt,
        Advice = totals.Note?.Kind is FailureKind kind ? Diagnostics.Advice.For(kind, totals.Vessel) : null,
        PublishedFiles = totals.PublishedFiles,
        UnverifiedFiles = totals.UnverifiedFiles,
    };

    public static VesselStatus Of(VesselSnapshot now, VesselTotals? totals) => new()
    {
        Name = now.Name,
        State = now.State.ToString(),
        Lanes = now.Lanes,
        WaitingFiles = now.WaitingFiles,
        WaitingBytes = now.WaitingBytes,
        SteppedBackFiles = totals?.SteppedBackFiles ?? 0,
        BytesPerSecond = now.BytesPerSecond,
        Link = now.Link,
        Eta = now.Eta,
        ErrorKind = now.ErrorKind,
        LastError = now.LastError,
        Advice = now.Advice,
        LastErrorAt = now.LastErrorAt,
        NextAttempt = now.NextAttempt,
        PublishedFiles = totals?.PublishedFiles ?? now.PublishedFiles,
        UnverifiedFiles = totals?.UnverifiedFiles ?? 0,
        Active = now.Active,
    };
}

/// <summary>A file that is not yet everywhere.</summary>
internal sealed record MissingStatus(string Directory, string File, long SizeInBytes, string? Sha256, IReadOnlyList<MissingAt> At)
{
    public static MissingStatus Of(MissingFile file) => new(
        file.Version.Directory,
        file.Version.Path.ToString(),
        file.Version.Stamp.SizeInBytes,
        file.Version.Sha256 is byte[] hash ? Convert.ToHexStringLower(hash) : null,
        file.Missing);
}

/// <summary>A file that is everywhere and could not be archived.</summary>
internal sealed record UnarchivedStatus(string Directory, string File, string Reason);

/// <summary>Something in a directory that is not sent.</summary>
internal sealed record RefusedStatus(string Directory, string File, string Reason, DateTimeOffset Since);
