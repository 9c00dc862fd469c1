using ContentMonster.Planning;
using ContentMonster.Sftp.Client;
using ContentMonster.Sftp.Process;

namespace ContentMonster.Vessels;

/// <summary>Dials the lanes of one vessel, those that will surely be wanted ahead of being asked for.</summary>
/// <param name="asked">Connections in the settings; null: found out.</param>
/// <param name="closing">Ends the dialling of lanes that nobody waits for yet.</param>
internal sealed class LaneSupply(VesselDialer dialer, RemoteDirectories directories, int? asked, CancellationToken closing)
{
    // Lanes dialled at once while connecting; with the shell they stay below the ten that sshd takes before it begins to refuse (MaxStartups).
    private const int MostAtOnce = 6;
    private static readonly TimeSpan LookForTcp = TimeSpan.FromMilliseconds(20);

    // A connection may be answered so late over a short way, too, on a machine that is busy.
    private static readonly TimeSpan SurelyLong = TimeSpan.FromMilliseconds(120);
    private readonly Queue<Task<SshLane>> _ahead = []; // guarded by itself
    private Task _dropped = Task.CompletedTask; // written while connecting

    public async Task<SshLane> DialAsync(string doing, Action<SshProcess>? started, CancellationToken cancellationToken)
    {
        (SshProcess process, SftpClient client) = await dialer.DialSftpAsync(doing, started, cancellationToken).ConfigureAwait(false);
        return new SshLane(dialer, directories, process, client, process.Tcp);
    }

    /// <summary>
    /// Dials those that will be wanted while the first is still logging in: TCP knows the round trip some ten round trips earlier, which over a satellite
    /// are seconds; and while its first packet is unanswered, that it is at least so long.
    /// </summary>
    /// <param name="first">The first lane's ssh.</param>
    /// <param name="waitingBytes">So much is known to wait for them.</param>
    /// <param name="most">So many at the most.</param>
    /// <param name="beforeAnswer">Whether not to wait for the first answer: to be done where one is likely, for to a dead vessel it is so many attempts more.</param>
    /// <param name="cancellationToken">Ends the waiting for it.</param>
    public async Task DialAheadAsync(SshProcess first, long waitingBytes, int most, bool beforeAnswer, CancellationToken cancellationToken)
    {
        int dialled = 0;
        TcpFacts? tcp;
        while ((tcp = first.Tcp()) is null)
        {
            if (beforeAnswer && first.Unanswered is { } atLeast && atLeast >= SurelyLong)
            {
                dialled = DialAhead(atLeast, dialer.Plan.Algorithm == SocketPlan.Bbr, waitingBytes, dialled, most);
            }

            await Task.Delay(LookForTcp, dialer.Time, cancellationToken).ConfigureAwait(false);
        }

        if (tcp.RoundTrip >= LanePlan.LongWay)
        {
            DialAhead(tcp.RoundTrip, tcp.CongestionControl == SocketPlan.Bbr, waitingBytes, dialled, most);
        }
        else if (dialled > 0)
        {
            _dropped = DropAheadAsync(); // The first packet was lost, and the way is short.
        }
    }

    /// <summary>One that was dialled ahead, else a new one.</summary>
    public async Task<SshLane> NextAsync(CancellationToken cancellationToken)
    {
        Task<SshLane>? dialled;
        lock (_ahead)
        {
            _ahead.TryDequeue(out dialled);
        }

        if (dialled is null)
        {
            return await DialAsync("open another lane to", null, cancellationToken).ConfigureAwait(false);
        }

        try
        {
            return await dialled.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // It goes on being dialled, and whoever asks next has it, or it is closed with the rest.
            lock (_ahead)
            {
                _ahead.Enqueue(dialled);
            }

            throw;
        }
    }

    private int DialAhead(TimeSpan roundTrip, bool isPaced, long waitingBytes, int dialled, int most)
    {
        int lanes = asked ?? LanePlan.AtFirst(roundTrip, isPaced, waitingBytes);
        lanes = (int)Math.Min(Math.Min(lanes, MostAtOnce), 1 + (waitingBytes / LanePlan.BytesWorthALane(roundTrip)));
        for (; dialled < Math.Min(lanes - 1, most); dialled++)
        {
            lock (_ahead)
            {
                _ahead.Enqueue(DialAsync("open another lane to", null, closing));
            }
        }

        return dialled;
    }

    /// <summary>Closes those that nobody took.</summary>
    public Task DropAsync() => Task.WhenAll(DropAheadAsync(), _dropped);

    private async Task DropAheadAsync()
    {
        Task<SshLane>[] ahead;
        lock (_ahead)
        {
            ahead = [.. _ahead];
            _ahead.Clear();
        }

        await Task.WhenAll(ahead.Select(static async dialled =>
        {
            await ((Task)dialled).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (dialled.IsCompletedSuccessfully)
            {
                await (await dialled.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
            }
        })).ConfigureAwait(false);
    }
}
