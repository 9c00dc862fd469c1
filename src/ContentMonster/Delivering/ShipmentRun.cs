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
internal sealed class ShipmentRun(ShipmentTools tools, Shipment shipment, Delivery delivery, SourceBook source)
{
    private const int ChunksAtOnce = 16;
    private const int MostRounds = 3;

    // Lanes may break one after another under the same piece; one that lives and takes nothing must not be asked for ever.
    private const int MostInVain = 10;
    private readonly BytePath _destination = tools.Destination(delivery.Version);
    private FileVersion Version => shipment.Version;

    /// <summary>Delivers; null when the ledger no longer wants it.</summary>
    public async Task<PublishedDelivery?> RunAsync(CancellationToken cancellationToken)
    {
        RemoteLook? there = await tools.Vessel.LookAsync(_destination, cancellationToken).ConfigureAwait(false);
        if (there is not null && there.Kind != RemoteKind.Regular)
        {
            throw new VesselException(FailureKind.DestinationRefused, $"Could not publish {_destination} on {tools.Vessel.Name}, because there is a {there.Kind} of that name.");
        }

        bool created = delivery.Part is BytePath part && await ResumeAsync(part, cancellationToken).ConfigureAwait(false);

        if (delivery.Part is not null && !created)
        {
            // A rename that was still on its way in a server that was given up may have been done between the two looks.
            there = await tools.Vessel.LookAsync(_destination, cancellationToken).ConfigureAwait(false);
        }

        // While the sibling is there our rename has not been done: then what stands at the destination is an older version, and looking
        // through it again after each break would keep a slow link from ever coming further.
        bool notRenamed = created && shipment.Layout is { InPieces: false } layout && layout.Whole == layout.Sibling;
        if (!notRenamed && there is not null && await StandsThereAsync(there, cancellationToken).ConfigureAwait(false))
        {
            return await AdoptAsync(cancellationToken).ConfigureAwait(false);
        }

        if (shipment.Layout is null)
        {
            if (!await BeginAsync(cancellationToken).ConfigureAwait(false))
            {
                return null;
            }
        }

        await LoadAsync(created, cancellationToken).ConfigureAwait(false);
        return await PublishAsync(cancellationToken).ConfigureAwait(false);
    }

    // Delivered before, or standing there for any other reason: the same size and the same hashes are the same file, and nothing is sent.
    private async Task<bool> StandsThereAsync(RemoteLook there, CancellationToken cancellationToken)
    {
        if (there.SizeInBytes != Version.Stamp.SizeInBytes)
        {
            return false;
        }

        // The time was set before the rename: with it even an older version of the same size is told apart.
        bool partGone = delivery.State == DeliveryState.Publishing && shipment.Layout is null
            && there.ModifiedUnixSeconds == PublishSteps.AttributesOf(Request(_destination)).ModifiedUnixSeconds;
        return tools.Vessel.Facts.Proof switch
        {
            // Without proof only our own booked rename counts: the part was whole, its name is gone, size and time are right.
            VerifiedBy.Nothing => partGone,

            // Reading it all back is dear: only when the rename was surely sent.
            VerifiedBy.Readback when !partGone => false,
            _ => await MatchesAsync(_destination, cancellationToken).ConfigureAwait(false),
        };
    }

    private async Task<PublishedDelivery> AdoptAsync(CancellationToken cancellationToken)
    {
        bool durable = await tools.Vessel.AdoptAsync(Request(_destination), cancellationToken).ConfigureAwait(false);
        if (delivery.Part is BytePath part)
        {
            await tools.Vessel.SweepAsync([part], cancellationToken).ConfigureAwait(false);
        }

        return new PublishedDelivery(Version.Id, tools.Vessel.Name, tools.Vessel.Facts.Proof, durable, shipment.BytesSent);
    }

    // True: the unfinished file is there; what it has lost since is sent again. False: it is gone, all begins anew under another name.
    private async Task<bool> ResumeAsync(BytePath part, CancellationToken cancellationToken)
    {
        PartLayout layout = tools.Vessel.LayoutFor(_destination, PartName.IdOf(part) ?? throw new InvalidOperationException($"The ledger holds a part without an id: {part}."));
        bool sameWay = layout.Sibling == part;
        if (sameWay && (layout.InPieces ? await LookAtPiecesAsync(layout, cancellationToken).ConfigureAwait(false) : await LookAtWholeAsync(layout, cancellationToken).ConfigureAwait(false)))
        {
            shipment.Layout = layout;
            return true;
        }

        for (int chunk = 0; chunk < Version.ChunkCount; chunk++)
        {
            shipment.Lost(chunk, 0);
        }

        // Publishing stays booked until it is known whether the rename had been done: Begin and Published both lead out of it.
        return false;
    }

    private async Task<bool> LookAtWholeAsync(PartLayout layout, CancellationToken cancellationToken)
    {
        RemoteLook? look = await tools.Vessel.LookAsync(layout.Whole, cancellationToken).ConfigureAwait(false);
        if (look is not { Kind: RemoteKind.Regular })
        {
            return false;
        }

        for (int chunk = 0; chunk < Version.ChunkCount; chunk++)
        {
            shipment.Lost(chunk, Math.Max(0, look.SizeInBytes - (chunk * Version.ChunkSizeInBytes)));
        }

        return true;
    }

    private async Task<bool> LookAtPiecesAsync(PartLayout layout, CancellationToken cancellationToken)
    {
        int[] begun = [.. Enumerable.Range(0, Version.ChunkCount).Where(chunk => shipment.Acknowledged(chunk) > 0)];
        RemoteLook?[] looks = await Task.WhenAll(begun.Select(chunk => tools.Vessel.LookAsync(layout.FileOf(chunk), cancellationToken))).ConfigureAwait(false);
        for (int at = 0; at < begun.Length; at++)
        {
            shipment.Lost(begun[at], looks[at] is { Kind: RemoteKind.Regular } look ? look.SizeInBytes : 0);
        }

        return true;
    }

    private async Task<bool> BeginAsync(CancellationToken cancellationToken)
    {
        if (delivery.Part is not null)
        {
            await tools.Ledger.RestartAsync(tools.Vessel.Name, Version.Id, cancellationToken).ConfigureAwait(false);
        }

        PartLayout layout = tools.Vessel.LayoutFor(_destination, PartName.NewId());

        // Crash after this line: a name is booked that may not exist; looking settles it.
        IReadOnlySet<long> unwanted = await tools.Ledger.StartAsync(tools.Vessel.Name, [(Version.Id, layout.Sibling)], cancellationToken).ConfigureAwait(false);
        shipment.Layout = layout;
        return !unwanted.Contains(Version.Id);
    }

    private async Task LoadAsync(bool created, CancellationToken cancellationToken)
    {
        shipment.Show("sending");
        PartLayout layout = shipment.Layout!;
        if (Version.IsBig)
        {
            await ThrowIfNoRoomAsync(layout, cancellationToken).ConfigureAwait(false);
        }

        bool createdBySender = Version.ChunkCount == 1 || layout.InPieces;
        if (!created && !createdBySender)
        {
            await tools.Vessel.CreateAsync(layout.Whole, cancellationToken).ConfigureAwait(false);
        }

        using var together = new SemaphoreSlim(ChunksAtOnce);
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var chunks = new List<Task>();
        for (int chunk = 0; chunk < Version.ChunkCount && !failed.IsCancellationRequested; chunk++)
        {
            if (shipment.IsVerified(chunk, tools.Vessel.Facts.BootId))
            {
                continue;
            }

            await together.WaitAsync(cancellationToken).ConfigureAwait(false);
            chunks.Add(LoadChunkAsync(chunk, create: createdBySender && shipment.Acknowledged(chunk) == 0 && !(created && !layout.InPieces), together, failed));
            chunks.RemoveAll(static done => done.IsCompletedSuccessfully);
        }

        await AllAsync(chunks).ConfigureAwait(false);
        if (layout.InPieces)
        {
            await JoinAsync(layout, cancellationToken).ConfigureAwait(false);
        }
    }

    // A big file that cannot fit would fill the vessel with what is unfinished of it, and no smaller one could go on.
    private async Task ThrowIfNoRoomAsync(PartLayout layout, CancellationToken cancellationToken)
    {
        long needed = Version.Stamp.SizeInBytes - Enumerable.Range(0, Version.ChunkCount).Sum(shipment.Acknowledged);
        long? free = await tools.Vessel.FreeBytesAsync(layout.FileOf(0), cancellationToken).ConfigureAwait(false);
        if (free < needed)
        {
            throw new VesselException(FailureKind.VesselFull, $"Could not send {_destination} to {tools.Vessel.Name}, because the vessel is full: it takes {needed} bytes more and {free} bytes are free there.");
        }
    }

    // The first failure that is not a mere consequence of another is the one to tell.
    private static async Task AllAsync(List<Task> chunks)
    {
        Task all = Task.WhenAll(chunks);
        await ((Task)all.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default)).ConfigureAwait(false);
        if (all.Exception?.InnerExceptions.FirstOrDefault() is { } first)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(first);
        }

        await all.ConfigureAwait(false);
    }

    private async Task LoadChunkAsync(int chunk, bool create, SemaphoreSlim together, CancellationTokenSource failed)
    {
        try
        {
            await SendAndProveAsync(chunk, create, failed.Token).ConfigureAwait(false);
        }
        catch
        {
            // One chunk that fails for good ends the others of its file soon.
            await failed.CancelAsync().ConfigureAwait(false);
            throw;
        }
        finally
        {
            together.Release();
        }
    }

    private async Task SendAndProveAsync(int chunk, bool create, CancellationToken cancellationToken)
    {
        for (int round = 1; ; round++)
        {
            await SendAsync(chunk, create && round == 1, cancellationToken).ConfigureAwait(false);
            if (tools.Vessel.Facts.Proof == VerifiedBy.Nothing)
            {
                return;
            }

            byte[] wanted = await source.ChunkHashAsync(chunk, cancellationToken).ConfigureAwait(false);
            RangeHash found = await tools.Verifier.AskAsync(RangeOf(chunk), cancellationToken).ConfigureAwait(false);
            if (found.Sha256 is not null && found.Sha256.AsSpan().SequenceEqual(wanted))
            {
                shipment.Verified(chunk, tools.Vessel.Facts.BootId);
                return;
            }

            ThrowIfChanged();
            if (round >= MostRounds)
            {
                throw new VesselException(
                    FailureKind.DataCorrupt, $"Could not verify chunk {chunk} of {_destination} on {tools.Vessel.Name}, because its hash was wrong {MostRounds} times: the vessel does not keep what it acknowledges.");
            }

            if (await tools.Vessel.LookAsync(shipment.Layout!.FileOf(chunk), cancellationToken).ConfigureAwait(false) is null)
            {
                throw new VesselException(FailureKind.PartMissing, $"Could not go on with {_destination} on {tools.Vessel.Name}, because its unfinished file is gone.");
            }

            shipment.Lost(chunk, 0);
        }
    }

    private async Task SendAsync(int chunk, bool create, CancellationToken cancellationToken)
    {
        long length = Version.LengthOfChunk(chunk);
        int inVain = 0;
        for (long done; (done = shipment.Acknowledged(chunk)) < length; inVain = shipment.Acknowledged(chunk) > done ? 0 : inVain + 1)
        {
            ThrowIfChanged();
            if (inVain >= MostInVain)
            {
                throw new VesselException(FailureKind.ConnectionLost, $"Could not send chunk {chunk} of {_destination} to {tools.Vessel.Name}, because {MostInVain} lanes in a row took nothing of it.");
            }

            var piece = new Piece(
                Version, shipment.Priority, chunk, shipment.Layout!.FileOf(chunk), create && done == 0, shipment.Layout.OffsetOf(chunk, Version.ChunkSizeInBytes) + done,
                (chunk * Version.ChunkSizeInBytes) + done, length - done, source, acknowledged => tools.Progress.Acknowledged(shipment.Advance(chunk, done + acknowledged)), cancellationToken);
            await tools.Carry(piece, cancellationToken).ConfigureAwait(false);
        }
    }

    private RemoteRange RangeOf(int chunk)
    {
        PartLayout layout = shipment.Layout!;
        bool whole = layout.InPieces || Version.ChunkCount == 1;
        return new RemoteRange(layout.FileOf(chunk), whole ? 0 : chunk * Version.ChunkSizeInBytes, Version.LengthOfChunk(chunk), whole);
    }

    private Task JoinAsync(PartLayout layout, CancellationToken cancellationToken)
    {
        shipment.Show("joining");
        BytePath[] pieces = [.. Enumerable.Range(0, Version.ChunkCount).Select(layout.FileOf)];
        return PutTogetherAsync(() => tools.Vessel.JoinAsync(pieces, layout.Sibling, cancellationToken), layout, cancellationToken);
    }

    // One that is whole since an earlier try is left alone: its rename may still be on its way in a server that was given up, and would publish
    // half of what is put together anew. Without proof only a booked rename tells that it had been whole.
    private async Task PutTogetherAsync(Func<Task> put, PartLayout layout, CancellationToken cancellationToken)
    {
        bool proves = tools.Vessel.Facts.Proof != VerifiedBy.Nothing;
        if (delivery.Part is not null && await tools.Vessel.LookAsync(layout.Sibling, cancellationToken).ConfigureAwait(false) is { Kind: RemoteKind.Regular } look
            && look.SizeInBytes == Version.Stamp.SizeInBytes
            && (proves ? await MatchesAsync(layout.Sibling, cancellationToken).ConfigureAwait(false) : delivery.State == DeliveryState.Publishing))
        {
            return;
        }

        await put().ConfigureAwait(false);
        if (proves && !await MatchesAsync(layout.Sibling, cancellationToken).ConfigureAwait(false))
        {
            throw new VesselException(
                FailureKind.DataCorrupt, $"Could not verify {_destination} on {tools.Vessel.Name}, because what was put together there has another hash.");
        }
    }

    // Whether a whole file on the vessel has the hashes of this version, chunk by chunk.
    private async Task<bool> MatchesAsync(BytePath file, CancellationToken cancellationToken)
    {
        shipment.Show("verifying");
        for (int chunk = 0; chunk < Version.ChunkCount; chunk++)
        {
            byte[] wanted = await source.ChunkHashAsync(chunk, cancellationToken).ConfigureAwait(false);
            var range = new RemoteRange(file, chunk * Version.ChunkSizeInBytes, Version.LengthOfChunk(chunk), Version.ChunkCount == 1);
            RangeHash found = await tools.Verifier.AskAsync(range, cancellationToken).ConfigureAwait(false);
            if (found.Sha256 is null || !found.Sha256.AsSpan().SequenceEqual(wanted))
            {
                return false;
            }
        }

        return true;
    }

    private async Task<PublishedDelivery?> PublishAsync(CancellationToken cancellationToken)
    {
        shipment.Show("publishing");
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
        PublishOutcome outcome = await AskPublisherAsync(layout.InPieces ? layout.Sibling : layout.Whole, cancellationToken).ConfigureAwait(false);
        if (outcome.OtherFileSystem)
        {
            shipment.Show("copying");
            await PutTogetherAsync(() => tools.Vessel.CopyAsync(layout.Whole, layout.Sibling, Version.Stamp.SizeInBytes, cancellationToken), layout, cancellationToken).ConfigureAwait(false);
            outcome = await AskPublisherAsync(layout.Sibling, cancellationToken).ConfigureAwait(false);
            moved = true;
        }

        if (outcome.Failure is not null)
        {
            throw outcome.Failure;
        }

        if (moved)
        {
            await tools.Vessel.SweepAsync([layout.Sibling], cancellationToken).ConfigureAwait(false);
        }

        return new PublishedDelivery(Version.Id, tools.Vessel.Name, tools.Vessel.Facts.Proof, outcome.Durable, shipment.BytesSent);
    }

    // A big file's fsync takes its time: it never stands in one batch with small ones.
    private async Task<PublishOutcome> AskPublisherAsync(BytePath part, CancellationToken cancellationToken) =>
        Version.IsBig
            ? (await tools.Vessel.PublishAsync([Request(part)], cancellationToken).ConfigureAwait(false))[0]
            : await tools.Publisher.AskAsync(Request(part), cancellationToken).ConfigureAwait(false);

    private PublishRequest Request(BytePath part) =>
        new(part, _destination, Version.Stamp.SizeInBytes, Version.Stamp.ModifiedUnixNanoseconds, Version.Stamp.Mode);

    private void ThrowIfChanged()
    {
        if (!source.IsUnchanged())
        {
            throw SourceException.Changed(Version);
        }
    }
}
