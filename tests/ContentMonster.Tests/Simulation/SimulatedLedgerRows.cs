using ContentMonster.Ledger;
using ContentMonster.Model;

namespace ContentMonster.Tests.Simulation;

internal sealed class DirectoryRow(string name)
{
    public string Name => name;

    public int Priority { get; set; }

    public bool Declared { get; set; }

    public List<string> Takers { get; } = [];

    public SortedDictionary<BytePath, (string Reason, DateTimeOffset Since)> Refused { get; } = [];
}

internal sealed class VesselRow(string name)
{
    public string Name => name;

    public bool Declared { get; set; }

    public VesselNote? Note { get; set; }

    public long PrunedPublished { get; set; }

    public long PrunedUnverified { get; set; }

    public BytePath? TempFolder { get; set; }

    /// <summary>Oldest first, each once.</summary>
    public List<BytePath> Litter { get; } = [];
}

internal sealed class VersionRow(FileVersion version, DirectoryRow directory)
{
    public FileVersion Version { get; set; } = version;

    public DirectoryRow Directory => directory;

    public VersionState State { get; set; }

    public BytePath? Place { get; set; }

    public string? ArchiveError { get; set; }

    public DateTimeOffset? FinishedAt { get; set; }

    public Dictionary<string, DeliveryRow> Deliveries { get; } = new(StringComparer.Ordinal);

    public bool IsMissing => Deliveries.Values.Any(delivery => delivery.IsOpen);
}

internal sealed class DeliveryRow(VersionRow version, string vessel)
{
    public VersionRow Version => version;

    public string Vessel => vessel;

    public DeliveryState State { get; set; }

    public int Priority { get; set; }

    public BytePath? Part { get; set; }

    public SortedDictionary<int, ChunkProgress> Chunks { get; } = [];

    public int Failures { get; set; }

    public DateTimeOffset? RetryAt { get; set; }

    public (FailureKind? Kind, string? Text, DateTimeOffset? At) Error { get; set; }

    public bool Unverified { get; set; }

    public bool IsOpen => State < DeliveryState.Published;

    public bool IsBegun => State is DeliveryState.Sending or DeliveryState.Publishing;

    public long BytesLeft => IsOpen ? version.Version.Stamp.SizeInBytes - Chunks.Values.Sum(chunk => chunk.AcknowledgedBytes) : 0;
}
