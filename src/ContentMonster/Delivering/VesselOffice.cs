using ContentMonster.Configuration;
using ContentMonster.Diagnostics;
using ContentMonster.Ledger;
using ContentMonster.Model;
using ContentMonster.Planning;
using ContentMonster.Vessels;
using Microsoft.Extensions.Logging;

namespace ContentMonster.Delivering;

/// <summary>What the worker of one vessel, and each of its visits, works with.</summary>
internal sealed class VesselOffice
{
    private const int MostFurthest = 10_000;
    private static readonly TimeSpan LongestUnswept = TimeSpan.FromMinutes(10);
    private readonly Lock _gate = new();
    private readonly Dictionary<long, long> _furthest = []; // bytes by version id; guarded by _gate
    private volatile bool _cannotSweep;
    private volatile bool _leavesAlone;
    private volatile bool _isLeaving;
    private readonly Lazy<ProgressSaver> _saver;
    private PenaltyBox<(string Directory, BytePath Folder)>? _box; // made by the worker before there is any visit
    private LeftOut<BytePath>? _unswept; // likewise
    private Stranded? _stranded; // likewise
    private HangingPlaces? _hanging; // likewise

    // Never cancelled: what was taken and not written would be known to nobody, and be sent again.
    public VesselOffice() => _saver = new(() => new((version, chunks) => Ledger!.SaveProgressAsync(Settings!.Name, version, chunks, CancellationToken.None)));

    public required VesselSettings Settings { get; init; }

    public required ILedger Ledger { get; init; }

    public required SourceLibrary Sources { get; init; }

    public required VesselProgress Progress { get; init; }

    public required TimeProvider Time { get; init; }

    /// <summary>Guarded by the office: one worker's tasks share it.</summary>
    public required Random Random { private get; init; }

    public required ILogger Logger { get; init; }

    /// <summary>Where a version belongs on this vessel.</summary>
    public required Func<FileVersion, BytePath> DestinationOf { get; init; }

    /// <summary>What lies in a TempDir that the settings name no more could not be removed. Its worker and the worker's visit take turns with it.</summary>
    public bool LeavesAlone { get => _leavesAlone; set => _leavesAlone = value; }

    /// <summary>It is being tried.</summary>
    public bool IsLeaving { get => _isLeaving; set => _isLeaving = value; }

    /// <summary>Unfinished files that could not be removed, left out of the next rounds.</summary>
    public LeftOut<BytePath> Unswept => _unswept ??= new(Time, LongestUnswept);

    /// <summary>Why some could not be removed, as far as it was told since all were. The visit under way has it.</summary>
    public HashSet<FailureKind> ToldUnswept { get; } = [];

    /// <summary>The place that does not tell upper from lower case, as it was last told. The visit under way has it.</summary>
    public string? ToldFolding { get; set; }

    /// <summary>All that is to be removed from the vessel was refused there.</summary>
    public bool CannotSweep { get => _cannotSweep; set => _cannotSweep = value; }

    /// <summary>Archives of small files that are sent at once at the most, but nearby (<see cref="Packs"/>). Each is in memory until it has been sent.</summary>
    public int PacksAtOnce { private get; init; } = 6;

    /// <summary>File bytes of one of them at the most, but nearby.</summary>
    public long PackBytes { private get; init; } = PackBuilder.MostBytes;

    /// <summary>For `run --once`, which begins anew with each run: whether what an earlier run noted of a refusal still holds.</summary>
    public Func<VesselNote, bool> StillRefused { get; init; } = static _ => false;

    /// <summary>Told, before the first attempt, that the last login of an earlier run was refused: then one is tried at a time.</summary>
    public Action WasRefused { get; init; } = static () => { };

    /// <summary>Told after each booked delivery: it may have been the last one of its file.</summary>
    public required Action Delivered { get; init; }

    /// <summary>Told of a source that is not the version in the ledger any more.</summary>
    public Action<FileVersion> SourceChanged { get; init; } = static _ => { };

    /// <summary>Rings when there may be work: new versions, finished shipments, a retry asked for.</summary>
    public Bell Work { get; } = new();

    /// <summary>Places on this vessel where nothing goes for now.</summary>
    public PenaltyBox<(string Directory, BytePath Folder)> Box => _box ??= new(Time);

    /// <summary>Files that found no room.</summary>
    public Stranded Stranded => _stranded ??= new(Time, Progress.BestBytesPerSecond);

    /// <summary>Places where its SFTP server hangs: nothing goes there for now, either.</summary>
    public HangingPlaces Hanging
    {
        get => _hanging ??= new([], temp: null, Time);
        init => _hanging = value;
    }

    /// <summary>How much is told of its files' failures.</summary>
    public FailureNews News { get; } = new();

    /// <summary>
    /// Whether more of the version is there than ever before: what a vessel loses and takes again is no progress. An archive that breaks is begun anew whole: over
    /// a link that lives for moments its bytes are all there is to go by.
    /// </summary>
    public bool IsProgress(Shipment shipment, bool packed)
    {
        if (packed || shipment.BytesSent == 0)
        {
            return shipment.BytesSent > 0;
        }

        long acknowledged = shipment.Version.Stamp.SizeInBytes - shipment.BytesLeft;
        lock (_gate)
        {
            if (acknowledged <= _furthest.GetValueOrDefault(shipment.Version.Id, shipment.AcknowledgedBefore))
            {
                return false;
            }

            if (_furthest.Count >= MostFurthest)
            {
                _furthest.Clear();
            }

            _furthest[shipment.Version.Id] = acknowledged;
            return true;
        }
    }

    /// <summary>It is there, or not wanted any more.</summary>
    public void ForgetHowFar(long versionId)
    {
        lock (_gate)
        {
            _furthest.Remove(versionId);
        }
    }

    /// <summary>It was published: its place takes files.</summary>
    public async Task WentWellAsync(FileVersion version)
    {
        ForgetHowFar(version.Id);
        bool madeWay = Stranded.Forget(version.Id);
        Box.Succeeded(PlaceOf(version), version.Stamp.SizeInBytes);
        if (Hanging.Succeeded(DestinationOf(version)) || madeWay)
        {
            // What was put off until now must not wait for minutes; the ledger does not tell it from what else stepped back, which may be tried as well.
            await Ledger.RetryNowAsync(Settings.Name, CancellationToken.None).ConfigureAwait(false);
            Work.Ring();
        }
    }

    /// <summary>A lane broke, or a visit ended with this. True: that was a place at which the server hangs, and it is left out from now on.</summary>
    public bool Broke(VesselException failure)
    {
        if (Hanging.Stalled(failure) is not var (place, isNews))
        {
            return false;
        }

        if (isNews)
        {
            string advice = Advice.For(FailureKind.CommandHangs, Settings.Name);
            Logger.PlaceHangs(place, Settings.Name, Hanging.Sentence(place)?.Left ?? TimeSpan.Zero, failure.Message, advice);
        }

        return true;
    }

    /// <summary>Writes how far its shipments are.</summary>
    public ProgressSaver Saver => _saver.Value;

    /// <summary>The folder that a version belongs into: files of one folder share its troubles.</summary>
    public static (string Directory, BytePath Folder) PlaceOf(FileVersion version) => (version.Directory, version.Path.Parent);

    /// <summary>
    /// Archives that may be begun, and file bytes of each at the most. On a short way what each takes of programs on the vessel weighs more than its bytes. Over a
    /// long one those that are on the vessel hold up no others until they are as many again: till they are unpacked, in place and booked takes longer than to send as many
    /// (docs/benchmarks.md: wan-small).
    /// </summary>
    /// <param name="nearby">Whether it is a short way.</param>
    /// <param name="underWay">By now.</param>
    public (int Count, long Bytes) Packs(bool nearby, (int Sending, int Sent) underWay)
    {
        int few = PacksAtOnce < 4 ? 1 : 2;
        return nearby
            ? (few - underWay.Sending - underWay.Sent, Math.Min(PacksAtOnce / few, 3) * PackBytes)
            : (PacksAtOnce - underWay.Sending - Math.Max(0, underWay.Sent - PacksAtOnce), PackBytes);
    }

    /// <summary>Says that a version was published, and, where that is so, why nothing proves it.</summary>
    public void TellPublished(FileVersion version, PublishedDelivery published, VesselFacts facts)
    {
        if (published.VerifiedBy == VerifiedBy.Nothing)
        {
            string reason = Settings.Verify == VerifyPolicy.Size ? "its size alone was looked at, as Verify = size asks for"
                : facts.MissesShell ? "the vessel's shell has not answered, and without it there is no way to show a hash"
                : "the vessel has no way to show a hash";
            Logger.PublishedUnverified(version.Directory, version.Path, Settings.Name, version.Stamp.SizeInBytes, reason);
        }
        else
        {
            Logger.Published(version.Directory, version.Path, Settings.Name, version.Stamp.SizeInBytes, published.BytesSent);
        }
    }

    /// <summary>0 inclusive to 1 exclusive.</summary>
    public double Chance()
    {
        lock (_gate)
        {
            return Random.NextDouble();
        }
    }
}
