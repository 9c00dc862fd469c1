using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using ContentMonster.Diagnostics;
using ContentMonster.Model;
using ContentMonster.Sftp.Client;
using ContentMonster.Sftp.Process;

namespace ContentMonster.Vessels;

/// <summary>One ssh child with one SFTP session on it.</summary>
/// <param name="tcp">What the kernel tells of its connection; null: nothing.</param>
internal sealed class SshLane(VesselDialer dialer, RemoteDirectories directories, SshProcess process, SftpClient client, Func<TcpFacts?> tcp) : IVesselLane
{
    // 0600: nobody else on the vessel reads what is not finished.
    private const int PartMode = 0x180;
    private static readonly TimeSpan WorthAGuess = TimeSpan.FromMilliseconds(40);
    private readonly Dictionary<BytePath, OpenFile> _open = []; // guarded by itself
    private readonly List<Task> _opening = []; // guarded by _open; the caller of each may have gone
    private readonly Lazy<TcpFacts?> _tcp = new(tcp); // as it was when the lane began to work
    private volatile bool _closed;
    private int _askedWhose;

    public SftpClient Client => client;

    /// <summary>What ssh said on standard error until it was logged in, unescaped.</summary>
    public string SshWords => process.EarlierWords;

    public Task Ended => client.Ended;

    public VesselException? Fault => client.Broken is not { } broken ? null
        : process.GivenUp is string reason ? VesselFault.OfGivenUp("keep a lane open on", dialer.Vessel, reason, broken)
        : VesselFault.FromSftp("keep a lane open", dialer.Vessel, broken);

    /// <summary>Its owner has begun to close it; nobody else needs to any more.</summary>
    public bool IsClosed => _closed;

    public LaneSigns Signs => new(
        client.WindowInBytes, client.MostInFlightInBytes, _tcp.Value?.LeastRoundTrip ?? _tcp.Value?.RoundTrip ?? client.RoundTrip, (_tcp.Value?.CongestionControl ?? dialer.Plan.Algorithm) == SocketPlan.Bbr);

    public async Task SendAsync(
        BytePath file, bool create, long remoteOffset, IChunkSource source, long sourceOffset, long length, Action<long>? acknowledged, CancellationToken cancellationToken)
    {
        string doing = $"write {file}";
        var reading = new Source(source);
        OpenFile open = Use(file, create);
        try
        {
            await TranslateAsync(doing, async () =>
            {
                SftpHandle handle = await open.Handle.WaitAsync(cancellationToken).ConfigureAwait(false);
                await client.UploadAsync(handle, reading, sourceOffset, remoteOffset, length, acknowledged, cancellationToken).ConfigureAwait(false);
                return true;
            }).ConfigureAwait(false);
        }
        catch (VesselException) when (reading.Failure is not null)
        {
            // The shore's trouble, not the link's: told as it was.
            ExceptionDispatchInfo.Throw(reading.Failure);
        }
        finally
        {
            lock (_open)
            {
                open.Users--;
            }
        }
    }

    public async Task ReleaseAsync(BytePath file, CancellationToken cancellationToken)
    {
        OpenFile? open;
        lock (_open)
        {
            // In use again by now: the last user releases it.
            if (!_open.TryGetValue(file, out open) || open.Users > 0)
            {
                return;
            }

            _open.Remove(file);
        }

        if (client.Broken is not null)
        {
            return;
        }

        await TranslateAsync($"close {file}", async () =>
        {
            await client.CloseAsync(await open.Handle.WaitAsync(cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
            return true;
        }).ConfigureAwait(false);
    }

    /// <summary>Completes (never faults) when all opens that are under way now have been answered, or cannot be any more: from then on they make no file.</summary>
    public async Task OpenedAsync(CancellationToken cancellationToken)
    {
        Task[] opening;
        lock (_open)
        {
            opening = [.. _opening];
        }

        await Task.WhenAll(opening).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>Whose doing it seems to be that the session ended: the server's, or perhaps the link's. Null for all but the first who asks, and where it is surely the link's.</summary>
    public async Task<bool?> IsServersDoingAsync(SftpConnectionException ended) =>
        ended is SftpStalledException { OfTheLink: true } || Interlocked.Exchange(ref _askedWhose, 1) != 0
            ? null
            : ended is SftpStalledException or SftpProtocolException || !await dialer.TellsOfTheLinkAsync(process).ConfigureAwait(false);

    public LinkReading? ReadLink() => tcp() is not { } now ? null : new LinkReading(
        now.CongestionControl,
        now.RoundTrip,
        now.LeastRoundTrip,
        now.DeliveryBytesPerSecond,
        now.DeliveryWasOurLimit,
        now.BytesSent,
        now.BytesSentAgain,
        now.BytesAcknowledged);

    /// <summary>Makes a file that must not be there yet, with missing directories above it, and leaves it open.</summary>
    public async Task<SftpHandle> CreateAsync(BytePath file)
    {
        Task<SftpHandle> creating = OpenNewAsync(file);

        // Over a long way it is not waited for whether another lane was first.
        Task<SftpHandle?>? there = Signs.RoundTrip > WorthAGuess ? OpenRegularAsync(file) : null;
        try
        {
            try
            {
                return await creating.ConfigureAwait(false);
            }
            catch (SftpStatusException missing) when (missing.Status == SftpStatus.NoSuchFile)
            {
                // What was asked before the directory was there says nothing of the file.
                await CloseAsync(there).ConfigureAwait(false);
                there = null;
                await directories.MakeAsync(client, file.Parent, CancellationToken.None).ConfigureAwait(false);
                return await OpenNewAsync(file).ConfigureAwait(false);
            }
        }
        catch (SftpStatusException refused) when (refused.Status == SftpStatus.Failure)
        {
            // The name is ours and unguessable: another lane made it, or an earlier attempt whose reply was lost. All else is told by this open or the next.
            Task<SftpHandle?> opening = there ?? OpenRegularAsync(file);
            there = null;
            if (await opening.ConfigureAwait(false) is { } handle)
            {
                return handle;
            }

            throw;
        }
        finally
        {
            _ = CloseAsync(there);
        }
    }

    private async Task<SftpHandle> OpenNewAsync(BytePath file)
    {
        try
        {
            Task<SftpHandle> opening = client.OpenAsync(file.Bytes, SftpOpenModes.Write | SftpOpenModes.Create | SftpOpenModes.Exclusive, PartMode, CancellationToken.None);
            return await directories.ConfirmedAsync(client, file, opening).ConfigureAwait(false);
        }
        catch (VesselException failure) when (failure.Kind == FailureKind.TempDirUnsafe)
        {
            // Made where somebody's link points. If that is gone by now, an empty file stays there that he cannot read.
            await client.RemoveAsync(file.Bytes, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }

    // Null: what stands there is no regular file.
    private async Task<SftpHandle?> OpenRegularAsync(BytePath file)
    {
        Task<SftpAttributes?> looking = client.LinkStatAsync(file.Bytes, CancellationToken.None);
        Task<SftpHandle> opening = OwnPart.OpenAsync(client, directories, file, CancellationToken.None);
        await Task.WhenAll(looking, opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (looking.IsCompletedSuccessfully && await looking.ConfigureAwait(false) is { Type: SftpFileType.Regular })
        {
            return await opening.ConfigureAwait(false);
        }

        await CloseAsync(opening!).ConfigureAwait(false);
        await looking.ConfigureAwait(false);
        return null;
    }

    // One that is not needed; if it cannot be closed it ends with the session.
    private async Task CloseAsync(Task<SftpHandle?>? opening)
    {
        if (opening is null)
        {
            return;
        }

        await ((Task)opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (opening.IsCompletedSuccessfully && await opening.ConfigureAwait(false) is { } handle)
        {
            await client.CloseAsync(handle, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Runs requests and turns what goes wrong into a <see cref="VesselException"/>.</summary>
    public async Task<T> TranslateAsync<T>(string doing, Func<Task<T>> requests)
    {
        try
        {
            return await requests().ConfigureAwait(false);
        }
        catch (SftpStatusException status) when (status.Status is SftpStatus.Failure or SftpStatus.BadMessage)
        {
            throw await AskWhyAsync(doing, status).ConfigureAwait(false);
        }
        catch (SftpConnectionException broken)
        {
            VesselException told = await dialer.ExplainAsync("stay connected to", process, broken).ConfigureAwait(false);
            throw told.Kind is FailureKind.NotSftp ? new VesselException(FailureKind.Hostile, told.Message, broken) : told;
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or ArgumentException)
        {
            throw VesselFault.FromSftp(doing, dialer.Vessel, exception);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _closed = true;
        await client.DisposeAsync().ConfigureAwait(false);
        await process.DisposeAsync().ConfigureAwait(false);
    }

    // Status 4 says no more than "no": a full disk is told from the rest by looking at the space.
    private async Task<VesselException> AskWhyAsync(string doing, SftpStatusException status)
    {
        VesselException? readOnly = null;
        foreach (BytePath place in directories.Places)
        {
            (BytePath where, SftpSpace? space) = await SpaceAtAsync(place).ConfigureAwait(false);
            if (space is not null && (space.AvailableBytes < 1 << 20 || space.AvailableFiles is 0))
            {
                return new VesselException(
                    FailureKind.VesselFull, $"Could not {doing} on {dialer.Vessel}, because the vessel is full: {space.AvailableBytes} bytes and {space.AvailableFiles} files are free at {where}.", status);
            }

            if (space is { ReadOnly: true })
            {
                readOnly ??= new VesselException(
                    FailureKind.PermissionDenied, $"Could not {doing} on {dialer.Vessel}, because the server refused and the file system at {where} is read-only.", status);
            }
        }

        return readOnly ?? VesselFault.FromSftp(doing, dialer.Vessel, status);
    }

    // A place that is yet to be made has the space of the nearest directory above it.
    private async Task<(BytePath Where, SftpSpace? Space)> SpaceAtAsync(BytePath place)
    {
        for (BytePath where = place; ; where = where.Parent)
        {
            BytePath asked = where.IsEmpty ? BytePath.FromText(".") : where;
            try
            {
                return (asked, await client.SpaceAsync(asked.Bytes, CancellationToken.None).ConfigureAwait(false));
            }
            catch (SftpStatusException missing) when (missing.Status == SftpStatus.NoSuchFile && !where.IsEmpty && where.Parent != where)
            {
                // One up.
            }
            catch (IOException)
            {
                // No answer to this question is no answer: the first status is told as it stands.
                return (asked, null);
            }
        }
    }

    private OpenFile Use(BytePath file, bool create)
    {
        lock (_open)
        {
            if (!_open.TryGetValue(file, out OpenFile? open) || open.Handle.IsFaulted)
            {
                // Not cancelled with the first caller: others share the handle, and the session has its own deadline.
                open = new OpenFile(create ? CreateAsync(file) : OwnPart.OpenAsync(client, directories, file, CancellationToken.None));
                _open[file] = open;
                _opening.RemoveAll(static one => one.IsCompleted);
                _opening.Add(open.Handle);
            }

            open.Users++;
            return open;
        }
    }

    private sealed class OpenFile(Task<SftpHandle> handle)
    {
        public Task<SftpHandle> Handle => handle;

        /// <summary>Uploads that use the handle now; guarded by the table.</summary>
        public int Users { get; set; }
    }

    private sealed class Source(IChunkSource inner) : IUploadSource
    {
        public Exception? Failure { get; private set; }

        public SafeHandle? File => inner.File;

        public int Read(long offset, Span<byte> buffer)
        {
            try
            {
                return inner.Read(offset, buffer);
            }
            catch (IOException exception)
            {
                Failure = exception;
                throw;
            }
        }
    }
}
