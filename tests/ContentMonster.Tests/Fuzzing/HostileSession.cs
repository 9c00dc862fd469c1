using ContentMonster.Sftp.Client;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Fuzzing;

/// <summary>One seed: a real session with a hostile peer, a few callers at once, and what must hold whatever the peer says.</summary>
/// <remarks>A seed fixes what is chosen, not how the tasks interleave: a failure that hangs on that shows again within some runs of its seed.</remarks>
internal sealed class HostileSession
{
    private static readonly TimeSpan RealPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(11);
    private readonly ManualTime _time = new();
    private readonly MemoryLink _link = new();
    private readonly Random _chance;
    private readonly HostileReplies _replies;
    private readonly HostilePeer _peer;

    private HostileSession(int seed)
    {
        _chance = new Random(seed);
        _replies = new HostileReplies(new Random(unchecked(seed ^ 0x5A5A5A5A)), _chance.Of([10, 40, 200]));
        _peer = new HostilePeer(_link.Far, _replies, new Random(unchecked(seed ^ 0x3C3C3C3C)), packetBudget: _chance.Next(20, 400));
    }

    /// <summary>Runs it to its end; returns the packets that the peer sent.</summary>
    public static async Task<long> RunAsync(int seed)
    {
        var session = new HostileSession(seed);
        Task serving = session._peer.RunAsync();
        Task using_ = session.UseAsync();
        await session.UntilEndedAsync(using_, "client");
        await session.UntilEndedAsync(serving, "peer");
        return session._peer.Packets;
    }

    private async Task UseAsync()
    {
        SftpClient client;
        try
        {
            client = await SftpClient.ConnectAsync(_link.Near, new SftpOptions { Time = _time }, CancellationToken.None);
        }
        catch (SftpConnectionException)
        {
            return;
        }

        await using (client)
        {
            client.Server.MaxWriteLength.ShouldBeInRange(1_024, 261_120);
            client.Server.MaxReadLength.ShouldBeInRange(1_024, 261_120);
            Task[] callers = [.. Enumerable.Range(0, _chance.Next(1, 7)).Select(number => new HostileCaller(client, _replies, new Random(_chance.Next()), number).RunAsync())];
            await Task.WhenAll(callers);
            client.Broken.ShouldBeAssignableTo<SftpConnectionException>("callers stop when the session has ended, for a named reason");
        }

        await client.Ended;
    }

    /// <summary>Where nothing comes any more the clock goes on, and with it all must end: nothing here may take longer than that.</summary>
    private async Task UntilEndedAsync(Task task, string whose)
    {
        long start = TimeProvider.System.GetTimestamp();
        long before = -1;
        while (!task.IsCompleted)
        {
            TimeProvider.System.GetElapsedTime(start).ShouldBeLessThan(RealPatience, $"a session that hangs: the {whose}'s end, after {_peer.Packets} packets, {(_replies.IsSilent ? "silent" : "not silent")}, {(_replies.IsMutated ? "mutated" : "not mutated")}, {_time.Timers} timers; {_peer.State}");
            if (_replies.IsSilent || _peer.Packets == before)
            {
                _time.Advance(Step);
            }

            before = _peer.Packets;
            await Task.WhenAny(task, Task.Delay(TimeSpan.FromMilliseconds(_replies.IsMutated ? 2 : 20), TimeProvider.System));
        }

        await task;
    }
}
