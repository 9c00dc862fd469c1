using ContentMonster.Model;
using ContentMonster.Vessels;

namespace ContentMonster.Delivering;

/// <summary>
/// The way of many small files of one directory to one vessel, as one archive. Implementation notes.
/// <para>Every promise is kept file by file: each is read as the version that is known, hashed on the vessel from the unpacked file, durable before
/// its rename, and booked after it. Whatever is out of the ordinary (something stands at the destination, a hash is wrong, the vessel's tar fails)
/// goes the ordinary way, alone.</para>
/// <para>Sent while the vessel is still being asked what is there already, until the first time that something is: then the answers are waited for.</para>
/// <para>What survives a crash: the archive's name is booked for each file before it is made. After a break each goes alone (<see cref="PackBuilder.Takes"/>);
/// what stands at a destination by then is found there.</para>
/// </summary>
/// <param name="sent">Told when the archive is on the vessel, before it is unpacked.</param>
internal sealed class PackRun(ShipmentTools tools, IReadOnlyList<Delivery> deliveries, IReadOnlyList<Shipment> shipments, Action sent)
{
    private readonly List<Delivery> _alone = [];
    private readonly List<(Delivery Delivery, SourceException Failure)> _failed = [];

    /// <summary>Delivers what can be; all trouble of the link is a <see cref="VesselException"/>.</summary>
    public async Task<PackOutcome> RunAsync(CancellationToken cancellationToken)
    {
        Show("looking");
        bool[]? absent = tools.FoundAny.Value ? await LookAsync(cancellationToken).ConfigureAwait(false) : null;
        using PackBuilder builder = Build([.. deliveries.Where((_, at) => absent?[at] ?? true)]);
        _alone.AddRange(deliveries.Where((_, at) => absent is not null && !absent[at]));
        IReadOnlyList<PublishedDelivery> published = builder.Files.Count == 0 ? [] : await SendAsync(builder, mayBeThere: absent is null, cancellationToken).ConfigureAwait(false);
        if (published.Count == 0)
        {
            // The archive is swept now, and not only when the last of them has begun: on a full vessel that might be for want of its space.
            await Task.WhenAll(builder.Files.Select(file => tools.Ledger.RestartAsync(tools.Vessel.Name, file.Delivery.Version.Id, cancellationToken))).ConfigureAwait(false);
            _alone.AddRange(builder.Files.Select(file => file.Delivery));
        }

        return new PackOutcome(published, _alone, _failed);
    }

    // True: it is on the vessel. False: one of its files was there before, which is not sent again.
    private async Task<bool> CarryFreshAsync(PackBuilder builder, PackLayout layout, EarlyUnpacking unpacking, bool mayBeThere, CancellationToken cancellationToken)
    {
        if (!mayBeThere)
        {
            unpacking.Allow();
        }

        using var vain = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task carrying = CarryAsync(builder, layout, unpacking, () => begun.TrySetResult(), vain.Token);

        // Behind the request for the archive's handle: the answers are more than a server's TCP sends in its first round trip.
        await Task.WhenAny(carrying, begun.Task).ConfigureAwait(false);
        Task<bool[]>? looking = mayBeThere && !(carrying.IsFaulted || carrying.IsCanceled) ? LookAsync(cancellationToken) : null;
        try
        {
            if (looking is not null && await Task.WhenAny(carrying, looking).ConfigureAwait(false) == looking && looking.IsCompletedSuccessfully)
            {
                if (FoundAny(await looking.ConfigureAwait(false)))
                {
                    await vain.CancelAsync().ConfigureAwait(false);
                }
                else
                {
                    unpacking.Allow();
                }
            }

            if (await Task.WhenAny(carrying, unpacking.Answered).ConfigureAwait(false) == carrying && !carrying.IsCompletedSuccessfully)
            {
                // Perhaps because it is unpacked, and gone.
                await unpacking.SettledAsync().ConfigureAwait(false);
            }

            if (unpacking.Answered.IsCompleted)
            {
                // It is known what came of it; acknowledgements may be on their way.
                await vain.CancelAsync().ConfigureAwait(false);
                await carrying.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            else
            {
                await carrying.ConfigureAwait(false);
            }

            builder.Forget();
            sent();
            return looking is null || !FoundAny(await looking.ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (vain.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return false;
        }
        finally
        {
            await (looking ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private bool FoundAny(bool[] absent)
    {
        bool any = Array.Exists(absent, static one => !one);
        if (any)
        {
            tools.FoundAny.Value = true;
        }

        return any;
    }

    // All are of one directory.
    private async Task<bool[]> LookAsync(CancellationToken cancellationToken)
    {
        IReadOnlySet<BytePath>? names = await tools.Known.InAsync(tools.Destination(deliveries[0].Version).Parent, deliveries.Count, cancellationToken).ConfigureAwait(false);
        return names is null
            ? await Task.WhenAll(deliveries.Select(delivery => IsAbsentAsync(delivery, cancellationToken))).ConfigureAwait(false)
            : [.. deliveries.Select(delivery => !names.Contains(delivery.Version.Path.Name))];
    }

    // What cannot be looked at (a name too long for the vessel) finds out alone: its trouble is not the others'.
    private async Task<bool> IsAbsentAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        BytePath destination = tools.Destination(delivery.Version);
        for (bool isFirst = true; ; isFirst = false)
        {
            try
            {
                return await tools.Vessel.LookAsync(destination, cancellationToken).ConfigureAwait(false) is null;
            }
            catch (VesselException failure) when (!failure.IsOfTheLink)
            {
                return false;
            }
            catch (VesselException) when (isFirst)
            {
                // Once more over another lane, if one lives: a pack costs too much to be given up for a question.
            }
        }
    }

    private PackBuilder Build(IReadOnlyCollection<Delivery> fresh)
    {
        var builder = new PackBuilder(fresh);
        foreach (Delivery delivery in fresh)
        {
            try
            {
                using SourceLibrary.Lease source = tools.Sources.Open(delivery.Version);
                builder.Add(delivery, source.Book);
            }
            catch (SourceException failure)
            {
                _failed.Add((delivery, failure));
            }
        }

        return builder;
    }

    // Empty: nothing was published, or it is not known what.
    private async Task<IReadOnlyList<PublishedDelivery>> SendAsync(PackBuilder builder, bool mayBeThere, CancellationToken cancellationToken)
    {
        FileVersion first = builder.Files[0].Delivery.Version;
        var layout = new PackLayout(tools.Destination(first).Parent, PartName.NewId());
        foreach (Shipment shipment in shipments)
        {
            shipment.Layout = new PartLayout(layout.Archive, layout.Id, null, InPieces: false);
        }

        // Crash after this line: a name is booked that may not exist; sweeping settles it.
        IReadOnlySet<long> unwanted = await tools.Ledger.StartAsync(
            tools.Vessel.Name, [.. builder.Files.Select(file => (file.Delivery.Version.Id, layout.Archive))], cancellationToken).ConfigureAwait(false);
        if (unwanted.Count > 0)
        {
            return [];
        }

        Show("sending");
        var content = new PackContent(layout, [.. builder.Files.Select(file => (file.Delivery.Version.Path.Name, file.Sha256))]);
        var unpacking = new EarlyUnpacking(tools, content, cancellationToken);
        try
        {
            if (!await CarryFreshAsync(builder, layout, unpacking, mayBeThere, cancellationToken).ConfigureAwait(false))
            {
                return [];
            }

            Show("publishing");
            if (!await unpacking.DeliverAsync().ConfigureAwait(false))
            {
                return [];
            }
        }
        catch (VesselException refused) when (!refused.IsOfTheLink)
        {
            // The vessel is full, or its tools fail: each file alone finds out and says so.
            return [];
        }

        return [.. builder.Files.Select(file => new PublishedDelivery(file.Delivery.Version.Id, tools.Vessel.Name, VerifiedBy.RemoteHash, Durable: true, file.Delivery.Version.Stamp.SizeInBytes))];
    }

    private async Task CarryAsync(PackBuilder builder, PackLayout layout, EarlyUnpacking unpacking, Action begun, CancellationToken cancellationToken)
    {
        FileVersion first = builder.Files[0].Delivery.Version;
        IChunkSource archive = builder.Finish(unpacking.HandedOver, out long length);
        var part = new NewPart();
        long done = 0;
        var share = new PackShare(shipments, builder.Files.Select(file => file.Delivery.Version.Id).ToHashSet());
        await Carriage.BringAsync(
            () => unpacking.Answered.IsCompleted ? 0 : length - Interlocked.Read(ref done),
            () =>
            {
                long begin = Interlocked.Read(ref done);
                void Advance(long acknowledged)
                {
                    long before = Interlocked.Exchange(ref done, begin + acknowledged);
                    tools.Progress.Acknowledged(begin + acknowledged - before);
                    share.Acknowledged(begin + acknowledged, length);
                    unpacking.Acknowledged(begin + acknowledged, length);
                }

                return tools.Carry(new Piece(first.Id, isSmall: true, builder.Files[0].Delivery.Priority, 0, layout.Archive, part, begin, begin, length - begin, archive, Advance, cancellationToken, begun), cancellationToken);
            },
            $"an archive of {builder.Files.Count} files to {tools.Vessel.Name}").ConfigureAwait(false);
    }

    private void Show(string stage)
    {
        foreach (Shipment shipment in shipments)
        {
            shipment.Show(stage);
        }
    }
}

/// <param name="Published">To be booked.</param>
/// <param name="Alone">To be tried the ordinary way.</param>
/// <param name="Failed">Sources that are not what they were.</param>
internal sealed record PackOutcome(IReadOnlyList<PublishedDelivery> Published, IReadOnlyList<Delivery> Alone, IReadOnlyList<(Delivery Delivery, SourceException Failure)> Failed);
