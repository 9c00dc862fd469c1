using ContentMonster.Configuration;
using ContentMonster.Daemon.Demo;
using ContentMonster.Model;
using ContentMonster.Tests.Servers;
using ContentMonster.Tests.Support;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Vessels;

/// <summary>The login stops working while a vessel is connected: servers lock accounts out after a few that are refused.</summary>
public sealed class RefusedLoginTests : IAsyncLifetime
{
    private readonly ScratchDirectory _scratch = new();
    private readonly VesselMemory _memory = new();
    private ThrowawaySshd _sshd = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private int Refusals => _sshd.ReadLog().Split('\n').Count(line => line.Contains("by authenticating user", StringComparison.Ordinal));

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(_scratch["inbox"]);
        _sshd = await ThrowawaySshd.StartAsync(new ThrowawaySshdOptions(), Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _sshd.DisposeAsync();
        _scratch.Dispose();
    }

    [Fact]
    public async Task Neither_shell_nor_lane_is_dialled_again_in_that_visit()
    {
        await using (IVessel vessel = await ConnectAsync())
        {
            await vessel.Explored;
            await using IVesselLane first = await vessel.OpenLaneAsync(Token);
            await File.WriteAllTextAsync(_sshd.AuthorizedKeysFile, "", Token);
            ProcessTree.Kill(_sshd.Sessions().SelectMany(session => ProcessTree.DescendantsOf(session.ProcessId)).Where(found => found.Name is "sh" or "dash" or "bash"));
            await Eventually.BeTrueAsync(() => _sshd.SessionPids().Count == 1, "the shell's connection has gone");

            // The first may still have gone to the shell that is gone.
            await Eventually.BeTrueAsync(async () => await KindAsync(vessel) == FailureKind.LoginRefused, static () => "the shell is dialled anew", TimeSpan.FromSeconds(15));
            for (int attempt = 0; attempt < 3; attempt++)
            {
                (await KindAsync(vessel)).ShouldBe(FailureKind.LoginRefused);
            }

            (await Should.ThrowAsync<VesselException>(() => vessel.OpenLaneAsync(Token))).Kind.ShouldBe(FailureKind.LoginRefused);
            (await vessel.LookAsync(BytePath.FromText(_scratch["inbox"]), Token)).ShouldNotBeNull("the open lane works on");
        }

        await Eventually.BeTrueAsync(() => Refusals == 1, "one login was refused");
        _memory.MayDialSideBySide(byPassword: false).ShouldBeFalse();
    }

    [Fact]
    public async Task An_account_whose_forced_command_ends_shells_with_the_code_of_a_broken_connection_has_no_shell()
    {
        await using ThrowawaySshd sftpOnly = await ThrowawaySshd.StartAsync(new ThrowawaySshdOptions { ConfigLines = ["ForceCommand case $SSH_ORIGINAL_COMMAND in *sftp*) exec /usr/lib/openssh/sftp-server ;; *) echo 'SFTP only' >&2; exit 255 ;; esac"] }, Token);
        await using IVessel vessel = await ConnectAsync(sftpOnly);
        await vessel.Explored;
        vessel.Facts.HasShell.ShouldBeFalse();
        vessel.Facts.ShellProblem.ShouldNotBeNull().ShouldContain("ends with 255");
    }

    private async Task<FailureKind> KindAsync(IVessel vessel) =>
        (await Should.ThrowAsync<VesselException>(() => vessel.HashAsync([new RemoteRange(BytePath.FromText(_scratch["known_hosts"]), 0, 1, WholeFile: true)], Token))).Kind;

    private Task<IVessel> ConnectAsync(ThrowawaySshd? other = null)
    {
        ThrowawaySshd sshd = other ?? _sshd;
        var settings = new VesselSettings { Name = "ship", Address = "127.0.0.1", Port = sshd.Port, Username = sshd.User, IdentityFile = sshd.ClientKeyFile };
        var places = new VesselPlaces(PartName.NewId(), _scratch[other is null ? "known_hosts" : "other_hosts"], "", [BytePath.FromText(_scratch["inbox"])]);
        return SshVessel.ConnectAsync(settings, places, _memory, throttle: null, TimeProvider.System, waitingBytes: 0, Token);
    }
}
