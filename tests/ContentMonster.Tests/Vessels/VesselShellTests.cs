using ContentMonster.Configuration;
using ContentMonster.Daemon.Demo;
using ContentMonster.Model;
using ContentMonster.Tests.Servers;
using ContentMonster.Tests.Support;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Vessels;

public sealed class VesselShellTests
{
    [Theory]
    [InlineData("0123456789abcdef-0123456789abcdef-01", true)]
    [InlineData("0123456789abcdef-0123456789abcdef-012", false)]
    [InlineData("0123456789abcdef-0123456789abcdef-0G", false)]
    public async Task What_is_no_boot_id_is_not_kept(string said, bool isKept)
    {
        using var scratch = new ScratchDirectory();
        string cat = Path.Combine(Directory.CreateDirectory(scratch["tools"]).FullName, "cat");
        await File.WriteAllTextAsync(cat, $"#!/bin/sh\ncase $1 in *boot_id) echo {said} ;; *) exec /bin/cat \"$@\" ;; esac\n", TestContext.Current.CancellationToken);
        Support.Posix.Run("chmod", "755", cat);
        await using ThrowawaySshd sshd = await ThrowawaySshd.StartAsync(Through($"PATH='{scratch["tools"]}':$PATH"), TestContext.Current.CancellationToken);
        await using IVessel vessel = await ConnectAsync(scratch, sshd);
        vessel.Facts.HasShell.ShouldBeTrue(vessel.Facts.ShellProblem);
        vessel.Facts.BootId.ShouldBe(isKept ? said : "");
    }

    [Fact]
    public async Task A_new_host_key_is_told_in_a_line_of_ssh_and_not_in_one_that_speaks_of_it()
    {
        using var scratch = new ScratchDirectory();
        await using ThrowawaySshd sshd = await ThrowawaySshd.StartAsync(Through("echo 'motd: Permanently added' >&2"), TestContext.Current.CancellationToken);
        await using (IVessel vessel = await ConnectAsync(scratch, sshd))
        {
            vessel.Facts.PinnedKey.ShouldNotBeNull().ShouldStartWith("Warning: Permanently added '");
        }

        await using IVessel again = await ConnectAsync(scratch, sshd);
        again.Facts.HasShell.ShouldBeTrue(again.Facts.ShellProblem);
        again.Facts.PinnedKey.ShouldBeNull();
    }

    [Fact]
    public async Task A_shell_that_is_being_dialled_when_it_is_closed_leaves_no_ssh_behind()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        using var scratch = new ScratchDirectory();
        await using ThrowawaySshd sshd = await ThrowawaySshd.StartAsync(new ThrowawaySshdOptions(), token);
        await using var proxy = new CountingProxy(sshd.Port);
        var settings = new VesselSettings { Name = "ship", Address = "127.0.0.1", Port = proxy.Port, Username = sshd.User, IdentityFile = sshd.ClientKeyFile };
        var dialer = new VesselDialer(settings, new VesselPlaces("", scratch["known_hosts"], "", []), TimeProvider.System, throttle: null, new Connections());
        await dialer.PrepareAsync(early: null, token);
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

    private static ThrowawaySshdOptions Through(string first) => new() { ConfigLines = [$"ForceCommand {first}; export PATH; exec sh -c \"$SSH_ORIGINAL_COMMAND\""] };

    private static async Task<IVessel> ConnectAsync(ScratchDirectory scratch, ThrowawaySshd sshd)
    {
        var settings = new VesselSettings { Name = "ship", Address = "127.0.0.1", Port = sshd.Port, Username = sshd.User, IdentityFile = sshd.ClientKeyFile };
        var places = new VesselPlaces(PartName.NewId(), scratch["known_hosts"], "", [BytePath.FromText(scratch["inbox"])]);
        IVessel vessel = await SshVessel.ConnectAsync(settings, places, new VesselMemory(), throttle: null, TimeProvider.System, waitingBytes: 0, TestContext.Current.CancellationToken);
        await vessel.Explored;
        return vessel;
    }
}
