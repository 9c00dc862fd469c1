using ContentMonster.Configuration;
using ContentMonster.Daemon.Demo;
using ContentMonster.Model;
using ContentMonster.Tests.Servers;
using ContentMonster.Tests.Support;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Vessels;

/// <summary>A server whose first line takes longer than ssh waits by our default.</summary>
public sealed class LateBannerTests
{
    private static readonly TimeSpan BeyondTheDefault = TimeSpan.FromSeconds(11);

    [Theory]
    [InlineData(null)]
    [InlineData("off")] // ssh opens the connection itself
    public async Task With_a_longer_Timeout_it_is_waited_for(string? congestionControl)
    {
        using var scratch = new ScratchDirectory();
        await using ThrowawaySshd sshd = await ThrowawaySshd.StartAsync(new ThrowawaySshdOptions(), TestContext.Current.CancellationToken);
        await using var proxy = new CountingProxy(sshd.Port);
        proxy.FallSilent();
        var settings = new VesselSettings { Name = "ship", Address = "127.0.0.1", Port = proxy.Port, Username = sshd.User, IdentityFile = sshd.ClientKeyFile, Timeout = TimeSpan.FromSeconds(30) };
        if (congestionControl is not null)
        {
            settings = settings with { CongestionControl = congestionControl };
        }

        var places = new VesselPlaces("0123456789abcdef0123456789abcdef", scratch["known_hosts"], "contentmonster", [BytePath.FromText(scratch["inbox"])]);
        Task<IVessel> connecting = SshVessel.ConnectAsync(settings, places, new VesselMemory(), throttle: null, TimeProvider.System, 0, TestContext.Current.CancellationToken);
        await Task.Delay(BeyondTheDefault, TimeProvider.System, TestContext.Current.CancellationToken);
        connecting.IsCompleted.ShouldBeFalse();
        proxy.SpeakAgain();
        await using IVessel vessel = await connecting;
    }
}
