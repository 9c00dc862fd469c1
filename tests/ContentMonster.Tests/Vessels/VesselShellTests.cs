using ContentMonster.Configuration;
using ContentMonster.Daemon.Demo;
using ContentMonster.Tests.Servers;
using ContentMonster.Tests.Support;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Vessels;

public sealed class VesselShellTests
{
    [Fact]
    public async Task A_shell_that_is_being_dialled_when_it_is_closed_leaves_no_ssh_behind()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        using var scratch = new ScratchDirectory();
        await using ThrowawaySshd sshd = await ThrowawaySshd.StartAsync(new ThrowawaySshdOptions(), token);
        await using var proxy = new CountingProxy(sshd.Port);
        var settings = new VesselSettings { Name = "ship", Address = "127.0.0.1", Port = proxy.Port, Username = sshd.User, IdentityFile = sshd.ClientKeyFile };
        var dialer = new VesselDialer(settings, new VesselPlaces("", scratch["known_hosts"], "", []), TimeProvider.System, throttle: null);
        await dialer.PrepareAsync(token);
        var shell = new VesselShell(dialer, new VesselMemory(), TimeSpan.FromSeconds(30));
        proxy.FallSilent();
        Task opening = shell.OpenAsync(CancellationToken.None);
        await Eventually.BeTrueAsync(() => proxy.Open == 1, "ssh is connected");
        await shell.DisposeAsync();
        proxy.SpeakAgain();
        await Should.ThrowAsync<ObjectDisposedException>(opening);
        await Eventually.BeTrueAsync(() => proxy.Open == 0, "ssh is gone");
        await Should.ThrowAsync<ObjectDisposedException>(shell.OpenAsync(CancellationToken.None));
    }
}
