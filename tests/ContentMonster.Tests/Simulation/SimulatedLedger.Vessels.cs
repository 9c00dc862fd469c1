using ContentMonster.Ledger;
using ContentMonster.Model;

namespace ContentMonster.Tests.Simulation;

/// <content>The queue of a vessel, how far deliveries have come, and the reports.</content>
internal sealed partial class SimulatedLedger
{
    public Task<IReadOnlyList<Delivery>> QueueAsync(string vessel, int count, IReadOnlySet<long> active, bool big, CancellationToken cancellationToken) => Done<IReadOnlyList<Delivery>>(() =>
    {
        NoticeClock();
        foreach (DeliveryRow due in OpenOf(vessel).Where(delivery => delivery.RetryAt <= Now))
        {
            due.RetryAt = null;
        }

        return
        [
            .. OpenOf(vessel).Where(delivery => delivery.RetryAt is null && delivery.Version.Version.IsSmall != big && !active.Contains(delivery.Version.Version.Id))
                .OrderByDescending(delivery => delivery.Priority).Take(Math.Max(0, count)).Select(Shown),
        ];
    });

    public Task<DateTimeOffset?> NextRetryAsync(string vessel, CancellationToken cancellationToken) => Done(() => OpenOf(vessel).Min(delivery => delivery.RetryAt));

    public Task HashedAsync(long versionId, byte[] sha256, byte[]? chunkHashes, CancellationToken cancellationToken) => Do(() =>
    {
        if (_versions.GetValueOrDefault(versionId) is { State: <= VersionState.Kept } row)
        {
            row.Version = row.Version with { Sha256 = sha256, ChunkHashes = chunkHashes ?? row.Version.ChunkHashes };
        }
    });

    public Task<IReadOnlySet<long>> StartAsync(string vessel, IReadOnlyList<(long VersionId, BytePath Part)> started, CancellationToken cancellationToken) => Done<IReadOnlySet<long>>(() =>
    {
        var unwanted = new HashSet<long>();
        foreach ((long id, BytePath part) in started)
        {
            if (Delivery(vessel, id) is not { IsOpen: true } delivery)
            {
                unwanted.Add(id);
                continue;
            }

            if (delivery.IsBegun && delivery.Part != part)
            {
                Reset(delivery);
            }

            (delivery.State, delivery.Part) = delivery.State == DeliveryState.Waiting ? (DeliveryState.Sending, part) : (delivery.State, delivery.Part);
            NeedVessel(vessel).Litter.Remove(part);
        }

        return unwanted;
    });

    public Task<bool> IsWantedAsync(string vessel, long versionId, CancellationToken cancellationToken) =>
        Done(() => Delivery(vessel, versionId) is { IsOpen: true });

    public Task<bool> HasLookalikeAsync(long versionId, CancellationToken cancellationToken) => Done(() =>
        _versions.GetValueOrDefault(versionId) is { } one && _versions.Values.Any(other =>
            other != one && other.Directory == one.Directory && other.Version.Path == one.Version.Path && other.Version.Stamp.SizeInBytes == one.Version.Stamp.SizeInBytes
            && other.Version.Stamp.ModifiedUnixNanoseconds / 1_000_000_000 == one.Version.Stamp.ModifiedUnixNanoseconds / 1_000_000_000));

    public Task SaveProgressAsync(string vessel, long versionId, IReadOnlyList<ChunkProgress> chunks, CancellationToken cancellationToken) => Do(() =>
    {
        if (Delivery(vessel, versionId) is { IsBegun: true } delivery)
        {
            chunks.ToList().ForEach(chunk => delivery.Chunks[chunk.Number] = chunk);
        }
    });

    public Task RestartAsync(string vessel, long versionId, CancellationToken cancellationToken) => Do(() =>
    {
        if (Delivery(vessel, versionId) is { } delivery)
        {
            Reset(delivery);
        }
    });

    public Task<IReadOnlySet<long>> PublishingAsync(string vessel, IReadOnlyList<long> versionIds, CancellationToken cancellationToken) => Done<IReadOnlySet<long>>(() =>
    {
        var unwanted = new HashSet<long>();
        foreach (long id in versionIds)
        {
            if (Delivery(vessel, id) is { IsBegun: true } delivery)
            {
                delivery.State = DeliveryState.Publishing;
            }
            else
            {
                unwanted.Add(id);
            }
        }

        return unwanted;
    });

    public Task PublishedAsync(IReadOnlyList<PublishedDelivery> published, CancellationToken cancellationToken) => Do(() =>
    {
        foreach (PublishedDelivery one in published)
        {
            if (Delivery(one.Vessel, one.VersionId) is { IsOpen: true } delivery)
            {
                (delivery.State, delivery.Part, delivery.RetryAt, delivery.Failures, delivery.Error) = (DeliveryState.Published, null, null, 0, default);
                delivery.Unverified = one.VerifiedBy == VerifiedBy.Nothing;
                delivery.Chunks.Clear();
                string[] words = [.. new[] { delivery.Unverified ? "unverified" : "", one.Durable ? "" : "durability unknown" }.Where(word => word.Length > 0)];
                Tell(HistoryEvent.Published, delivery.Version, one.Vessel, words.Length == 0 ? null : string.Join(", ", words));
            }
        }
    });

    public Task FailedAsync(string vessel, long versionId, FailureKind kind, string message, DateTimeOffset retryAt, CancellationToken cancellationToken) =>
        Do(() => StepBack(vessel, versionId, kind, message, retryAt, counted: 1));

    public Task PostponeAsync(string vessel, IReadOnlyList<long> versionIds, FailureKind kind, string message, DateTimeOffset retryAt, CancellationToken cancellationToken) =>
        Do(() => versionIds.ToList().ForEach(id => StepBack(vessel, id, kind, message, retryAt, counted: 0)));

    public Task RetryNowAsync(string? vessel, CancellationToken cancellationToken) => Do(() =>
    {
        foreach (DeliveryRow delivery in _vessels.Where(one => vessel is null || one.Name == vessel).SelectMany(one => OpenOf(one.Name)))
        {
            delivery.RetryAt = null;
        }
    });

    public Task<IReadOnlyList<BytePath>> LitterAsync(string vessel, int count, CancellationToken cancellationToken) => LitterAsync(vessel, count, leftBehind: false);

    public Task<IReadOnlyList<BytePath>> LeftBehindAsync(string vessel, int count, CancellationToken cancellationToken) => LitterAsync(vessel, count, leftBehind: true);

    private Task<IReadOnlyList<BytePath>> LitterAsync(string vessel, int count, bool leftBehind) =>
        Done<IReadOnlyList<BytePath>>(() => [.. (_vessels.Find(one => one.Name == vessel)?.Litter ?? []).Where(part => PartName.IsInTempDir(part) == leftBehind && !(leftBehind && Begun(vessel).Any(begun => PartName.IdOf(begun) == PartName.IdOf(part)))).Take(count)]);

    public Task LitteredAsync(string vessel, BytePath part, CancellationToken cancellationToken) => Do(() => AddLitter(NeedVessel(vessel), part));

    private IEnumerable<BytePath> Begun(string vessel) => _versions.Values.SelectMany(version => version.Deliveries.Values)
        .Where(delivery => delivery.Vessel == vessel && delivery.IsBegun).Select(delivery => delivery.Part).OfType<BytePath>();

    public Task SetTempFolderAsync(string vessel, BytePath? folder, CancellationToken cancellationToken) => Do(() =>
    {
        VesselRow row = NeedVessel(vessel);
        if (row.TempFolder is BytePath former && former != folder)
        {
            foreach (string id in Begun(vessel).Concat(row.Litter).Select(PartName.IdOf).OfType<string>().Distinct(StringComparer.Ordinal).ToArray())
            {
                AddLitter(row, PartName.InTempDir(former, id));
            }
        }

        row.TempFolder = folder;
    });

    public Task SweptAsync(string vessel, IReadOnlyList<BytePath> parts, CancellationToken cancellationToken) => Do(() => NeedVessel(vessel).Litter.RemoveAll(parts.Contains));

    public Task NoteVesselAsync(string vessel, VesselNote note, CancellationToken cancellationToken) => Do(() => NeedVessel(vessel).Note = note);

    public Task<LedgerTotals> TotalsAsync(CancellationToken cancellationToken) => Done(() => new LedgerTotals(
        [.. _vessels.Where(vessel => vessel.Declared).Select(TotalsOf)], _versions.Values.Count(version => version.State == VersionState.Live),
        _directories.Sum(directory => directory.Refused.Count), _archived));

    public Task<IReadOnlyList<MissingFile>> MissingAsync(int count, CancellationToken cancellationToken) => Done<IReadOnlyList<MissingFile>>(() =>
    [
        .. _versions.Values.Where(version => version is { State: VersionState.Live, IsMissing: true }).Take(count).Select(version => new MissingFile(version.Version,
        [
            .. _vessels.Select(vessel => version.Deliveries.GetValueOrDefault(vessel.Name)).OfType<DeliveryRow>().Where(delivery => delivery.IsOpen).Select(delivery => new MissingAt(
                delivery.Vessel, delivery.State, version.Version.Stamp.SizeInBytes - delivery.BytesLeft, delivery.Error.Kind, delivery.Error.Text, delivery.RetryAt)),
        ])),
    ]);

    public Task<IReadOnlyList<RefusedFile>> RefusedAsync(int count, CancellationToken cancellationToken) => Done<IReadOnlyList<RefusedFile>>(() =>
        [.. _directories.SelectMany(directory => directory.Refused, (directory, one) => new RefusedFile(directory.Name, one.Key, one.Value.Reason, one.Value.Since)).Take(count)]);

    public Task<Unarchived> UnarchivedAsync(int count, CancellationToken cancellationToken) => Done(() =>
    {
        UnarchivedFile[] all =
        [
            .. _versions.Values.Where(version => version is { State: VersionState.Archiving, ArchiveError: not null } || (version is { State: VersionState.Live, ArchiveError: not null } && CanLeave(version)))
                .Select(version => new UnarchivedFile(version.Directory.Name, version.Version.Path, version.ArchiveError!)),
        ];
        return new Unarchived(all.Length, [.. all.Take(count)]);
    });

    public Task<IReadOnlyList<HistoryEntry>> HistoryAsync(int count, CancellationToken cancellationToken) => Done<IReadOnlyList<HistoryEntry>>(() =>
    [
        .. Enumerable.Reverse(_history).Take(count).Select(one => new HistoryEntry(
            one.At, one.Event, one.Version.Directory.Name, one.Version.Version.Path, one.Vessel, one.Version.Version.Stamp.SizeInBytes, one.Text)),
    ]);

    public Task PruneAsync(DateTimeOffset before, CancellationToken cancellationToken) => Do(() =>
    {
        _history.RemoveAll(one => one.At < before);
        foreach (VersionRow old in _versions.Values.Where(version => version.State > VersionState.Kept && version.FinishedAt < before).ToArray())
        {
            // The sums of a vessel outlive what they were counted from.
            foreach (DeliveryRow delivery in old.Deliveries.Values.Where(delivery => delivery.State == DeliveryState.Published))
            {
                VesselRow vessel = NeedVessel(delivery.Vessel);
                vessel.PrunedPublished++;
                vessel.PrunedUnverified += delivery.Unverified ? 1 : 0;
            }

            _versions.Remove(old.Version.Id);
        }
    });

    public Task<bool> WasImportedAsync(CancellationToken cancellationToken) => Task.FromResult(_imported.Count > 0);

    public Task<bool> ImportAsync(string source, CancellationToken cancellationToken) => Done(() => _imported.Add(source));

    private VesselTotals TotalsOf(VesselRow vessel)
    {
        DeliveryRow[] open = [.. OpenOf(vessel.Name)];
        DeliveryRow[] published = [.. _versions.Values.Select(version => version.Deliveries.GetValueOrDefault(vessel.Name)).OfType<DeliveryRow>().Where(delivery => delivery.State == DeliveryState.Published)];
        return new VesselTotals(
            vessel.Name, open.Length, open.Sum(delivery => delivery.BytesLeft), open.Count(delivery => delivery.RetryAt is not null),
            vessel.PrunedPublished + published.Length, vessel.PrunedUnverified + published.Count(delivery => delivery.Unverified), vessel.Note);
    }

    private IEnumerable<DeliveryRow> OpenOf(string vessel) => _versions.Values.Select(version => version.Deliveries.GetValueOrDefault(vessel)).OfType<DeliveryRow>().Where(delivery => delivery.IsOpen);

    private static Delivery Shown(DeliveryRow row) => new()
    {
        Version = row.Version.Version, Vessel = row.Vessel, State = row.State, Part = row.Part, Failures = row.Failures, Priority = row.Priority, Chunks = [.. row.Chunks.Values],
    };

    private void StepBack(string vessel, long versionId, FailureKind kind, string message, DateTimeOffset retryAt, int counted)
    {
        if (Delivery(vessel, versionId) is { IsOpen: true } delivery)
        {
            (delivery.Failures, delivery.Error, delivery.RetryAt) = (delivery.Failures + counted, (kind, message, Now), retryAt);
        }
    }

    private void Reset(DeliveryRow delivery)
    {
        if (delivery.IsBegun)
        {
            LeaveLitter(delivery);
            (delivery.State, delivery.Part) = (DeliveryState.Waiting, null);
            delivery.Chunks.Clear();
        }
    }

    private void Withdraw(DeliveryRow delivery)
    {
        LeaveLitter(delivery);
        (delivery.State, delivery.Part, delivery.RetryAt) = (DeliveryState.Withdrawn, null, null);
        delivery.Chunks.Clear();
    }

    private void LeaveLitter(DeliveryRow delivery)
    {
        if (delivery is { IsBegun: true, Part: BytePath part })
        {
            AddLitter(NeedVessel(delivery.Vessel), part);
        }
    }

    private static void AddLitter(VesselRow vessel, BytePath part)
    {
        if (!vessel.Litter.Contains(part))
        {
            vessel.Litter.Add(part);
        }
    }

    // Failures from the future mean that the clock was put back since.
    private void NoticeClock()
    {
        DateTimeOffset now = Now;
        if (_latest - now > ToleratedClockJump)
        {
            foreach (DeliveryRow delivery in _vessels.SelectMany(vessel => OpenOf(vessel.Name)).Where(delivery => delivery.Error.At > now))
            {
                delivery.RetryAt = null;
            }
        }

        _latest = now;
    }
}
