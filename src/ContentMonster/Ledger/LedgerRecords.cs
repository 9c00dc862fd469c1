using ContentMonster.Model;

namespace ContentMonster.Ledger;

/// <summary>A directory of the settings with the vessels that take it.</summary>
internal sealed record DeclaredDirectory(string Name, int Priority, IReadOnlyList<string> Takers);

/// <summary>What a change of the settings withdrew, and added.</summary>
internal sealed record Declaration(
    IReadOnlyList<(string Vessel, long Files, long Bytes)> RemovedVessels,
    IReadOnlyList<(string Directory, long Files)> RemovedDirectories,
    IReadOnlyList<(string Vessel, string Directory, long Files)> NoLongerTaken,
    IReadOnlyList<(string Vessel, long Files, long Bytes)> AddedDeliveries);

internal readonly record struct SeenFile(BytePath Path, FileStamp Stamp);

internal enum RecordOutcome { Known, New, Superseding }

internal enum ArchiveEnd { Moved, Deleted, Kept }

/// <summary>A vessel as it was last seen.</summary>
internal sealed record VesselNote(string State, FailureKind? Kind, string? LastError, DateTimeOffset? LastErrorAt, DateTimeOffset? NextAttempt);

/// <summary>Sums for `status`, kept by the ledger as it goes: the same cost for one file as for a million.</summary>
internal sealed record LedgerTotals(IReadOnlyList<VesselTotals> Vessels, long LiveFiles, long RefusedFiles, long FilesArchived);

internal sealed record VesselTotals(string Vessel, long WaitingFiles, long WaitingBytes, long SteppedBackFiles, long PublishedFiles, long UnverifiedFiles, VesselNote? Note);

internal sealed record MissingFile(FileVersion Version, IReadOnlyList<MissingAt> Missing);

internal sealed record MissingAt(string Vessel, DeliveryState State, long AcknowledgedBytes, FailureKind? Kind, string? LastError, DateTimeOffset? RetryAt);

internal sealed record RefusedFile(string Directory, BytePath Path, string Reason, DateTimeOffset Since);

internal sealed record HistoryEntry(DateTimeOffset At, string Event, string Directory, BytePath Path, string? Vessel, long SizeInBytes, string? Text);

/// <param name="Vessels">Where the Python program had booked it.</param>
internal sealed record ImportedFile(string Directory, BytePath Name, string Sha256, IReadOnlyList<string> Vessels);
