using ContentMonster.Configuration;
using ContentMonster.Sftp.Process;
using ContentMonster.Tests.Support;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Vessels;

/// <summary>Lanes that are dialled before the first one has been answered.</summary>
public sealed class DialAheadTests : IDisposable
{
    private const int LaneAndShell = 2;
    private const int AheadOfUntriedKey = 2;
    private const long Much = 16 << 20;
    private readonly ScratchDirectory _scratch = new();
    private readonly VesselMemory _memory = new();
    private readonly DeafListener _vessel = DeafListener.Start();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _vessel.Dispose();
        _scratch.Dispose();
    }

    [Theory]
    [InlineData(Much, AheadOfUntriedKey)]
    [InlineData(0, 0)]
    public async Task While_nothing_answers_those_are_dialled_that_so_long_a_way_is_worth_and_not_again_where_none_ever_came(long waitingBytes, int ahead)
    {
        Assert.SkipUnless(SocketHandover.Works, "Here no connection can be handed to ssh.");
        (await TriedAsync(waitingBytes)).ShouldBe(LaneAndShell + ahead);
        _memory.IsAway.ShouldBeTrue();
        (await TriedAsync(waitingBytes)).ShouldBe(LaneAndShell);
    }

    // The most connections at the same time until the attempt is given up.
    private async Task<int> TriedAsync(long waitingBytes)
    {
        // On this machine ssh opens its connections itself, unless something else is asked for.
        var settings = new VesselSettings { Name = "ship", Address = "127.0.0.1", Port = _vessel.Port, Username = "somebody", Timeout = TimeSpan.FromSeconds(2), CongestionControl = "reno" };
        var places = new VesselPlaces("0123456789abcdef0123456789abcdef", _scratch["known_hosts"], "contentmonster", []);
        Task<IVessel> connecting = SshVessel.ConnectAsync(settings, places, _memory, throttle: null, TimeProvider.System, waitingBytes, Token);
        int most = 0;
        while (!connecting.IsCompleted)
        {
            most = Math.Max(most, _vessel.Tried);
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Token);
        }

        (await Should.ThrowAsync<VesselException>(() => connecting)).IsOfTheLink.ShouldBeTrue();
        await Eventually.BeTrueAsync(() => _vessel.Tried == 0, "none is left");
        return most;
    }
}
