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
    private static readonly TimeSpan[] LongWays = [LanePlan.FourLanesWay, LanePlan.VeryLongWay];
    private static readonly TimeSpan LookForTcp = TimeSpan.FromMilliseconds(20);
    private readonly Queue<Task<SshLane>> _ahead = []; // guarded by itself

    public async Task<SshLane> DialAsync(string doing, Action<SshProcess>? started, CancellationToken cancellationToken)
    {
        (SshProcess process, SftpClient client) = await dialer.DialSftpAsync(doing, started, cancellationToken).ConfigureAwait(false);
        return new SshLane(dialer, directories, process, client);
    }

    /// <summary>
    /// Dials those that will be wanted while the first is still logging in: TCP knows the round trip some ten round trips earlier, which over a satellite
    /// are seconds. That it is a long one is plain even before the connection stands.
    /// </summary>
    /// <param name="first">Dialled just now.</param>
    /// <param name="waitingBytes">At least so much waits.</param>
    /// <param name="most">Lanes beside the first.</param>
    /// <param name="isThere">The vessel most likely is: that nothing came back yet tells of the way, and not of its end.</param>
    /// <param name="cancellationToken">The first has logged in, or has failed.</param>
    public async Task DialAheadAsync(SshProcess first, long waitingBytes, int most, bool isThere, CancellationToken cancellationToken)
    {
        int dialled = 0;
        TimeSpan waited = TimeSpan.Zero;
        Task stands = isThere && first.Connected is { } connected ? connected : Task.CompletedTask;
        foreach (TimeSpan way in LongWays)
        {
            await Task.WhenAny(stands, Task.Delay(way - waited, dialer.Time, cancellationToken)).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            if (stands.IsCompleted)
            {
                break;
            }

            waited = way;
            Dial(way, dialer.Plan.Algorithm == SocketPlan.Bbr);
        }

        TcpFacts? tcp;
        while ((tcp = first.Tcp()) is null)
        {
            await Task.Delay(LookForTcp, dialer.Time, cancellationToken).ConfigureAwait(false);
        }

        if (tcp.RoundTrip >= LanePlan.LongWay)
        {
            Dial(tcp.RoundTrip, tcp.CongestionControl == SocketPlan.Bbr);
        }
        else if (dialled > 0)
        {
            // A slow name server, or a lost first segment.
            _ = DropAsync();
        }

        void Dial(TimeSpan roundTrip, bool isPaced)
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

    /// <summary>Closes those that nobody took.</summary>
    public async Task DropAsync()
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
