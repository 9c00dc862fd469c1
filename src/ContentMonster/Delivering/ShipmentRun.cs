using System.Collections.Concurrent;
using ContentMonster.Model;
using ContentMonster.Planning;
using ContentMonster.Vessels;

namespace ContentMonster.Delivering;

/// <summary>
/// The way of one version to one vessel, from wherever it was left. Implementation notes.
/// <para>Nothing is believed that can be looked at: what stands at the destination (delivered before, by us or by anybody), whether the
/// unfinished file is there and how long it is. So a lost reply, a crash at any line and a ledger from yesterday all go the same way.</para>
/// <para>What survives a crash: the part's name is booked before it is made, chunks about once a second, Published last.</para>
/// </summary>
internal sealed class ShipmentRun(ShipmentTools tools, Shipment shipment, Delivery delivery, SourceBook source, WholeFile whole)
{
    private const int ChunksAtOnce = 16;
    private const int MostRounds = 3;
    private readonly BytePath _destination = tools.Destination(delivery.Version);
    private readonly LateProof _late = new(tools, shipment, source, whole);
    private readonly PartDoubt _doubt = new(tools.Vessel, shipment, tools.Destination(delivery.Version), delivery.Failures);
    private readonly EarlierAttempt _earlier = new(tools, shipment, delivery, whole);

    // Chunks not sent to their end yet; when there are none the file is made ready while the last ones are hashed.
    private int _unsent;
    private Task<ReadyPart>? _readying;

    // Of what is asked of the vessel beside the sending; ends with the run at the latest. Written before anything is asked.
    private CancellationToken _beside;

    // Of a file that is not in pieces; null: it is there.
    private NewPart? _new;

    // Chunks that are right, while the file might yet have been made anew under them: they count when that is over. Null: it is.
    private ConcurrentBag<int>? _early = [];
    private volatile bool _writtenSince;

    private FileVersion Version => shipment.Version;

    /// <summary>Delivers; null when the ledger no longer wants it.</summary>
    public async Task<PublishedDelivery?> RunAsync(CancellationToken cancellationToken)
    {
        using var beside = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _beside = beside.Token;

        // Asked beside the first look: a round trip less before the first byte.
        Task<RemoteSpace?> space = Version.IsSmall ? Task.FromResult<RemoteSpace?>(null)
            : tools.Answers.AboutAsync(tools.Vessel.LayoutFor(_destination, PartName.NewId()).FileOf(0), Version.Stamp.SizeInBytes, _beside);
        try
        {
            return await RunAsync(space, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await beside.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(space, _readying ?? Task.CompletedTask, _late.Asked).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<PublishedDelivery?> RunAsync(Task<RemoteSpace?> space, CancellationToken cancellationToken)
    {
        RemoteLook? there = await tools.Vessel.LookAsync(_destination, cancellationToken).ConfigureAwait(false);
        if (there is not null && there.Kind != RemoteKind.Regular)
        {
            throw new VesselException(FailureKind.DestinationRefused, $"Could not publish {_destination} on {tools.Vessel.Name}, because there is {there.Kind.InWords()} of that name.");
        }

        if (there is not null || delivery.Part is not null)
        {
            await ExploredAsync(cancellationToken).ConfigureAwait(false);
        }

        bool created = delivery.Part is BytePath begun && await new PartSearch(tools.Vessel, shipment, _destination).FindAsync(begun, cancellationToken).ConfigureAwait(false);

        if (delivery.Part is BytePath part && !created)
        {
            // A rename that was still on its way in a server that was given up may have been done between the two looks.
            there = await _earlier.LookAgainAsync(part, cancellationToken).ConfigureAwait(false);
        }

        // While the sibling is there our rename has not been done: then what stands at the destination is an older version, and looking
        // through it again after each break would keep a slow link from ever coming further.
        bool notRenamed = created && shipment.Layout is { InPieces: false } layout && layout.Whole == layout.Sibling;
        if (!notRenamed && there is not null && await whole.StandsThereAsync(there, cancellationToken).ConfigureAwait(false))
        {
            return await AdoptAsync(cancellationToken).ConfigureAwait(false);
        }

        try
        {
            if (!Version.IsSmall)
            {
                await new RoomCheck(tools, shipment, _destination).ThrowIfNoRoomAsync(await space.ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
            }

            if (shipment.Layout is null && !await BeginAsync(cancellationToken).ConfigureAwait(false))
            {
                return null;
            }

            await LoadAsync(created, cancellationToken).ConfigureAwait(false);
            return await PublishAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (VesselException failure) when (failure.Kind == FailureKind.PartMissing)
        {
            if (!await _earlier.WasFirstAsync(cancellationToken).ConfigureAwait(false))
            {
                throw;
            }

            return await AdoptAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            tools.Room.Leave(shipment);
        }
    }

    private async Task<PublishedDelivery> AdoptAsync(CancellationToken cancellationToken)
    {
        bool durable = await tools.Vessel.AdoptAsync(Request(_destination), cancellationToken).ConfigureAwait(false);
        if (delivery.Part is BytePath part)
        {
            await _earlier.SettleAsync(part, sweeps: true, cancellationToken).ConfigureAwait(false);
        }

        return new PublishedDelivery(Version.Id, tools.Vessel.Name, tools.Vessel.Facts.Proof, durable, shipment.BytesSent);
    }

    private async Task<bool> BeginAsync(CancellationToken cancellationToken)
    {
        if (delivery.Part is not null)
        {
            await tools.RestartAsync(shipment, cancellationToken).ConfigureAwait(false);
        }

        PartLayout layout = tools.Vessel.LayoutFor(_destination, PartName.NewId());

        // Crash after this line: a name is booked that may not exist; looking settles it.
        IReadOnlySet<long> unwanted = await tools.Ledger.StartAsync(tools.Vessel.Name, [(Version.Id, layout.Sibling)], cancellationToken).ConfigureAwait(false);
        shipment.Layout = layout;
        return !unwanted.Contains(Version.Id);
    }

    private async Task LoadAsync(bool created, CancellationToken cancellationToken)
    {
        await LoadChunksAsync(created, cancellationToken).ConfigureAwait(false);
        if (shipment.Layout is { InPieces: true } layout)
        {
            BytePath[] pieces = [.. Enumerable.Range(0, Version.ChunkCount).Select(layout.FileOf)];
            await AssembleAsync("joining", () => tools.Vessel.JoinAsync(pieces, layout.Sibling, Version.ChunkSizeInBytes, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task LoadChunksAsync(bool created, CancellationToken cancellationToken)
    {
        shipment.Show("sending");
        PartLayout layout = shipment.Layout!;
        if (!created && Version.ChunkCount == 0 && !layout.InPieces)
        {
            await tools.Vessel.CreateAsync(layout.Whole, cancellationToken).ConfigureAwait(false);
        }

        int[] missing = [.. Enumerable.Range(0, Version.ChunkCount).Where(chunk => !shipment.IsVerified(chunk, tools.Vessel.Facts.BootId))];
        _unsent = missing.Length;
        _new = created || layout.InPieces ? null : new NewPart();
        await LoadChunksAsync(missing, chunk => layout.InPieces && (!created || shipment.Acknowledged(chunk) == 0) ? new NewPart() : _new, cancellationToken).ConfigureAwait(false);
        int[] early = [.. Interlocked.Exchange(ref _early, null) ?? []];
        await LoadChunksAsync(await _late.SettleAsync(cancellationToken).ConfigureAwait(false), static _ => null, cancellationToken).ConfigureAwait(false);
        await LoadChunksAsync([.. early.Where(chunk => !shipment.IsVerified(chunk, tools.Vessel.Facts.BootId))], static _ => null, cancellationToken).ConfigureAwait(false);
    }

    private async Task LoadChunksAsync(int[] missing, Func<int, NewPart?> part, CancellationToken cancellationToken)
    {
        using var together = new SemaphoreSlim(ChunksAtOnce);
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var chunks = new List<Task>();
        foreach (int chunk in missing)
        {
            // Also when all ends: chunks under way are awaited below, before what they use is disposed.
            await together.WaitAsync(failed.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (failed.IsCancellationRequested)
            {
                break;
            }

            chunks.Add(LoadChunkAsync(chunk, part(chunk), together, failed));
            chunks.RemoveAll(static done => done.IsCompletedSuccessfully);
        }

        await SideBySide.AllAsync(chunks).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
    }

    private async Task LoadChunkAsync(int chunk, NewPart? part, SemaphoreSlim together, CancellationTokenSource failed)
    {
        try
        {
            await SideBySide.OrFailAsync(() => SendAndProveAsync(chunk, part, failed.Token), failed).ConfigureAwait(false);
        }
        finally
        {
            together.Release();
        }
    }

    private async Task SendAndProveAsync(int chunk, NewPart? part, CancellationToken cancellationToken)
    {
        for (int round = 1; ; round++)
        {
            await SendAsync(chunk, round == 1 ? part : null, cancellationToken).ConfigureAwait(false);
            if (round == 1 && Interlocked.Decrement(ref _unsent) == 0)
            {
                GetReady();
            }

            await ExploredAsync(cancellationToken).ConfigureAwait(false);
            if (tools.Vessel.Facts.Proof == VerifiedBy.Nothing || (round == 1 && _late.Takes(mayBeRead: _new is not { MayYetBeMade: true }, _beside)))
            {
                return;
            }

            ConcurrentBag<int>? early = _new is { MayYetBeMade: true } ? _early : null;
            byte[] wanted = await source.ChunkHashAsync(chunk, cancellationToken).ConfigureAwait(false);
            RangeHash found = await tools.HashAsync(shipment.RangeOf(chunk), cancellationToken).ConfigureAwait(false);
            if (found.Sha256 is not null && found.Sha256.AsSpan().SequenceEqual(wanted))
            {
                if (early is not null)
                {
                    early.Add(chunk);
                    return;
                }

                shipment.Verified(chunk, tools.Vessel.Facts.BootId);
                return;
            }

            ThrowIfChanged();
            await _doubt.ThrowIfNotReadAsync(chunk, found, cancellationToken).ConfigureAwait(false);
            if (round >= MostRounds)
            {
                throw new VesselException(
                    FailureKind.DataCorrupt, $"Could not verify chunk {chunk} of {_destination} on {tools.Vessel.Name}, because its hash was wrong {MostRounds} times: the vessel does not keep what it acknowledges.");
            }

            _writtenSince = true;
            shipment.Lost(chunk, 0);
        }
    }

    // A small file's fsync is shared with others of its batch. With the mode of one that its owner may not read it could not be hashed any more.
    private void GetReady()
    {
        if (Version.IsBig && !shipment.Layout!.InPieces && (Version.Stamp.Mode & PartDoubt.OwnerMayRead) != 0)
        {
            _readying = tools.Vessel.ReadyAsync(Request(shipment.Layout.Whole), _beside);
        }
    }

    private async Task SendAsync(int chunk, NewPart? part, CancellationToken cancellationToken)
    {
        long done = shipment.Acknowledged(chunk);
        if (done == Version.LengthOfChunk(chunk))
        {
            return;
        }

        // Chunk files go to servers that want bytes in order; and after a break what would lie behind a gap at the next one is not risked again.
        long missing = Version.LengthOfChunk(chunk) - done;
        bool inOrder = shipment.Layout!.InPieces || delivery.Part is not null;
        long size = inOrder ? missing : Segments.SizeFor(Version.Stamp.SizeInBytes, Version.ChunkCount - 1 - chunk, missing);
        var segments = new Segments(done, missing, size, (safe, sent) =>
        {
            shipment.Advance(chunk, safe, sent);
            tools.Progress.Acknowledged(sent);
        });
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await SideBySide.AllAsync([.. Enumerable.Range(0, segments.Count).Select(number => SideBySide.OrFailAsync(() => SendSegmentAsync(chunk, segments, number, part, failed.Token), failed))]).ConfigureAwait(false);
    }

    private Task SendSegmentAsync(int chunk, Segments segments, int number, NewPart? part, CancellationToken cancellationToken)
    {
        bool again = delivery.Part is not null;
        return Carriage.BringAsync(() => segments.LengthOf(number) - segments.Acknowledged(number), Carry, $"chunk {chunk} of {_destination} to {tools.Vessel.Name}");
        Task Carry()
        {
            ThrowIfChanged();
            _late.Sends(again);
            again = true;
            long done = segments.Acknowledged(number);
            long offset = segments.OffsetOf(number) + done;
            var piece = new Piece(
                Version.Id, Version.IsSmall, shipment.Priority, chunk, shipment.Layout!.FileOf(chunk), part, shipment.Layout.OffsetOf(chunk, Version.ChunkSizeInBytes) + offset,
                (chunk * Version.ChunkSizeInBytes) + offset, segments.LengthOf(number) - done, source, acknowledged => segments.Advance(number, done + acknowledged), cancellationToken);
            return tools.Carry(piece, cancellationToken);
        }
    }

    // Puts the whole together at the sibling. One that is whole since an earlier try is left alone: its rename may still be on its way in a server
    // that was given up, and would publish half of what is put together anew. If it is wrong there, something damaged a chunk after it was
    // proved: all are looked through once more, and only what is bad is sent again.
    private async Task AssembleAsync(string stage, Func<Task> assemble, CancellationToken cancellationToken)
    {
        if (delivery.Part is not null && await whole.IsAssembledAsync(shipment.Layout!.Sibling, cancellationToken).ConfigureAwait(false))
        {
            return;
        }

        await _earlier.BeforeAssemblyAsync(cancellationToken).ConfigureAwait(false);
        for (int round = 1; ; round++)
        {
            shipment.Show(stage);
            await assemble().ConfigureAwait(false);
            if (tools.Vessel.Facts.Proof == VerifiedBy.Nothing || await whole.IsWholeAsync(shipment.Layout!.Sibling, cancellationToken).ConfigureAwait(false))
            {
                return;
            }

            ThrowIfChanged();
            if (round >= MostRounds)
            {
                throw new VesselException(FailureKind.DataCorrupt, $"Could not verify {_destination} on {tools.Vessel.Name}, because what was put together there had another hash {MostRounds} times.");
            }

            shipment.Doubt();
            await LoadChunksAsync(created: true, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<PublishedDelivery?> PublishAsync(CancellationToken cancellationToken)
    {
        shipment.Show("publishing");
        await ExploredAsync(cancellationToken).ConfigureAwait(false);
        PartLayout layout = shipment.Layout!;
        if (Version.ChunkCount == 0 && layout.InPieces)
        {
            await tools.Vessel.CreateAsync(layout.Sibling, cancellationToken).ConfigureAwait(false);
        }

        ThrowIfChanged();
        if (!tools.Vessel.Facts.CanReplace || tools.Vessel.Facts.Proof is VerifiedBy.Nothing or VerifiedBy.Readback)
        {
            // Where the rename is in several steps a crash in between must find it booked. Where no hash can be asked for, the booking is
            // what tells later that the file at the destination is ours and need not be sent again.
            IReadOnlySet<long> unwanted = await tools.Ledger.PublishingAsync(tools.Vessel.Name, [Version.Id], cancellationToken).ConfigureAwait(false);
            if (unwanted.Contains(Version.Id))
            {
                return null;
            }
        }

        bool moved = layout.InPieces;
        PublishRequest request = Request(layout.InPieces ? layout.Sibling : layout.Whole) with { Ready = await WhatIsReadyAsync().ConfigureAwait(false) };
        PublishOutcome outcome = await AskPublisherAsync(request, cancellationToken).ConfigureAwait(false);
        if (outcome.OtherFileSystem)
        {
            await AssembleAsync("copying", () => tools.Vessel.CopyAsync(layout.Whole, layout.Sibling, Version.Stamp.SizeInBytes, cancellationToken), cancellationToken).ConfigureAwait(false);
            outcome = await AskPublisherAsync(Request(layout.Sibling), cancellationToken).ConfigureAwait(false);
            moved = true;
        }

        if (outcome.Failure is not null)
        {
            throw outcome.Failure;
        }

        await _earlier.SettleAsync(layout.Sibling, moved, cancellationToken).ConfigureAwait(false);
        return new PublishedDelivery(Version.Id, tools.Vessel.Name, tools.Vessel.Facts.Proof, outcome.Durable, shipment.BytesSent);
    }

    // What was made ready before something was sent again is not so any more, nor what was wrong with it; a failed fsync is, which is told only once.
    private async Task<ReadyPart?> WhatIsReadyAsync()
    {
        try
        {
            return _readying is not null && await _readying.ConfigureAwait(false) is var ready && !_writtenSince ? ready : null;
        }
        catch (VesselException failure) when (_writtenSince && failure.InnerException is null)
        {
            return null;
        }
    }

    // A big file's fsync takes its time: it never stands in one batch with small ones.
    private async Task<PublishOutcome> AskPublisherAsync(PublishRequest request, CancellationToken cancellationToken) =>
        Version.IsBig
            ? (await tools.Vessel.PublishAsync([request], cancellationToken).ConfigureAwait(false))[0]
            : await tools.Publisher.AskAsync(request, cancellationToken).ConfigureAwait(false);

    private PublishRequest Request(BytePath part) => WholeFile.Request(Version, part, _destination);

    private Task ExploredAsync(CancellationToken cancellationToken) => tools.Vessel.Explored.WaitAsync(cancellationToken);

    private void ThrowIfChanged()
    {
        if (!source.IsUnchanged())
        {
            throw SourceException.Changed(Version);
        }
    }
}
