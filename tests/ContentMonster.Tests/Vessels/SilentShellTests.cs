using ContentMonster.Configuration;
using ContentMonster.Daemon.Demo;
using ContentMonster.Model;
using ContentMonster.Tests.Servers;
using ContentMonster.Tests.Support;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Vessels;

/// <summary>The connection for the shell is taken and stays silent.</summary>
public sealed class SilentShellTests : IAsyncLifetime
{
    private readonly ScratchDirectory _scratch = new();
    private readonly VesselMemory _memory = new();
    private ThrowawaySshd _sshd = null!;
    private CountingProxy _proxy = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _sshd = await ThrowawaySshd.StartAsync(new ThrowawaySshdOptions(), Token);
        _proxy = new CountingProxy(_sshd.Port);
    }

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        await _sshd.DisposeAsync();
        _scratch.Dispose();
    }

    [Fact]
    public async Task A_shell_whose_connection_falls_silent_is_the_links_trouble_and_no_vessel_without_a_shell()
    {
        // Dialled after the lane.
        _memory.OneAtATime = true;
        IVessel vessel = await ConnectAsync();
        await using (vessel)
        {
            _proxy.FallSilent();
            (await Should.ThrowAsync<VesselException>(() => vessel.Explored)).IsOfTheLink.ShouldBeTrue();
            vessel.Facts.ShellProblem.ShouldBeNull();
        }
    }

    [Fact]
    public async Task A_shell_whose_connection_alone_is_never_answered_is_no_vessel_without_a_shell_either()
    {
        _memory.OneAtATime = true;
        _proxy.AnswerOneAtATime();
        IVessel vessel = await ConnectAsync();
        await using (vessel)
        {
            (await Should.ThrowAsync<VesselException>(() => vessel.Explored)).IsOfTheLink.ShouldBeTrue();
            vessel.Facts.ShellProblem.ShouldBeNull();
        }
    }

    [Fact]
    public async Task A_link_that_is_silent_for_a_while_teaches_nothing_about_the_vessel()
    {
        IVessel vessel = await ConnectAsync();
        await using (vessel)
        {
            await vessel.Explored;
        }

        _proxy.FallSilent();
        (await Should.ThrowAsync<VesselException>(ConnectAsync)).IsOfTheLink.ShouldBeTrue();
        _proxy.SpeakAgain();
        _memory.OneAtATime.ShouldBeFalse();
        vessel = await ConnectAsync();
        await using (vessel)
        {
            await vessel.Explored;
            vessel.Facts.HasShell.ShouldBeTrue();
        }
    }

    [Fact]
    public async Task A_shell_that_floods_is_no_shell_and_no_trouble_of_the_link()
    {
        await using ThrowawaySshd flooding = await ThrowawaySshd.StartAsync(
            new ThrowawaySshdOptions { ConfigLines = ["ForceCommand case \"$SSH_ORIGINAL_COMMAND\" in *sftp*) exec sh -c \"$SSH_ORIGINAL_COMMAND\" ;; *) exec cat /dev/zero ;; esac"] }, Token);
        IVessel vessel = await ConnectAsync(flooding, flooding.Port);
        await using (vessel)
        {
            await vessel.Explored;
            vessel.Facts.HasShell.ShouldBeFalse();
            vessel.Facts.ShellProblem.ShouldNotBeNull().ShouldContain("64 KiB");
        }
    }

    [Fact]
    public async Task A_shell_that_was_there_before_and_answers_no_more_is_waited_for_and_nothing_goes_unverified_meanwhile()
    {
        string ill = _scratch["ill"];
        await using ThrowawaySshd sshd = await FloodingWhileAsync(ill);
        await HasShellAsync(sshd);
        await File.WriteAllTextAsync(ill, "", Token);
        IVessel vessel = await ConnectAsync(sshd, sshd.Port);
        await using (vessel)
        {
            VesselException trouble = await Should.ThrowAsync<VesselException>(() => vessel.Explored);
            (trouble.Kind, trouble.IsOfTheLink).ShouldBe((FailureKind.LoginHangs, true));
            trouble.Message.ShouldContain("which it had before");
        }

        File.Delete(ill);
        await HasShellAsync(sshd);
    }

    [Fact]
    public async Task A_shell_that_was_there_before_and_leaves_at_once_is_waited_for_as_well_with_what_to_do_if_it_is_gone_for_good()
    {
        string ill = _scratch["ill"];
        await using ThrowawaySshd sshd = await IllWhileAsync(ill, "echo This account is locked.; exit 126");
        await HasShellAsync(sshd);
        await File.WriteAllTextAsync(ill, "", Token);
        await using (IVessel vessel = await ConnectAsync(sshd, sshd.Port))
        {
            VesselException trouble = await Should.ThrowAsync<VesselException>(() => vessel.Explored);
            (trouble.Kind, trouble.IsOfTheLink).ShouldBe((FailureKind.LoginHangs, true));
            trouble.Message.ShouldSatisfyAllConditions(
                message => message.ShouldContain("which it had before"), message => message.ShouldContain("This account is locked."), message => message.ShouldContain("restart the daemon, or set Verify = size"));
        }

        await using (IVessel vessel = await ConnectAsync(sshd, sshd.Port, VerifyPolicy.Size))
        {
            await vessel.Explored;
            vessel.Facts.HasShell.ShouldBeFalse();
        }

        File.Delete(ill);
        await HasShellAsync(sshd);
    }

    [Theory]
    [InlineData(VerifyPolicy.Auto, true)]
    [InlineData(VerifyPolicy.Readback, false)]
    [InlineData(VerifyPolicy.Size, false)]
    public async Task A_shell_that_never_answered_is_missed_where_nothing_else_verifies_and_asked_for_again(VerifyPolicy verify, bool missed)
    {
        string ill = _scratch["ill"];
        await using ThrowawaySshd sshd = await FloodingWhileAsync(ill);
        await File.WriteAllTextAsync(ill, "", Token);
        IVessel vessel = await ConnectAsync(sshd, sshd.Port, verify);
        await using (vessel)
        {
            await vessel.Explored;
            vessel.Facts.MissesShell.ShouldBe(missed);
            (await vessel.ShellAnswersAsync(Token)).ShouldBeFalse();
            File.Delete(ill);
            (await vessel.ShellAnswersAsync(Token)).ShouldBeTrue();
        }

        // One that has answered once is waited for.
        _memory.HadShell.ShouldBeTrue();
    }

    [Fact]
    public async Task A_shell_that_hangs_keeps_no_files_out_of_a_TempDir()
    {
        await using ThrowawaySshd sshd = await ThrowawaySshd.StartAsync(
            new ThrowawaySshdOptions { ConfigLines = ["ForceCommand case \"$SSH_ORIGINAL_COMMAND\" in *sftp*) exec sh -c \"$SSH_ORIGINAL_COMMAND\" ;; *) exec sleep 60 ;; esac"] }, Token);
        IVessel vessel = await ConnectAsync(sshd, sshd.Port, VerifyPolicy.Readback, _scratch["temp"]);
        await using (vessel)
        {
            vessel.Facts.Proof.ShouldBe(VerifiedBy.Readback);
            vessel.Facts.ShellProblem.ShouldNotBeNull().ShouldContain("did not answer");
            Directory.Exists(_scratch["temp"]).ShouldBeTrue();
        }
    }

    [Fact]
    public async Task Nothing_is_read_back_where_the_shell_can_hash()
    {
        await using ThrowawaySshd sshd = await ThrowawaySshd.StartAsync(new ThrowawaySshdOptions(), Token);
        IVessel vessel = await ConnectAsync(sshd, sshd.Port, VerifyPolicy.Readback);
        await using (vessel)
        {
            await vessel.Explored;
            (vessel.Facts.Proof, vessel.Facts.CanUnpack).ShouldBe((VerifiedBy.RemoteHash, true));
        }
    }

    private static Task<ThrowawaySshd> FloodingWhileAsync(string ill) => IllWhileAsync(ill, "exec cat /dev/zero");

    private static Task<ThrowawaySshd> IllWhileAsync(string ill, string commands) => ThrowawaySshd.StartAsync(
        new ThrowawaySshdOptions
        {
            ConfigLines = [$"ForceCommand if [ -e '{ill}' ]; then case \"$SSH_ORIGINAL_COMMAND\" in *sftp*) ;; *) {commands} ;; esac; fi; exec sh -c \"$SSH_ORIGINAL_COMMAND\""],
        },
        Token);

    private async Task HasShellAsync(ThrowawaySshd sshd)
    {
        IVessel vessel = await ConnectAsync(sshd, sshd.Port);
        await using (vessel)
        {
            await vessel.Explored;
            vessel.Facts.HasShell.ShouldBeTrue();
        }
    }

    private Task<IVessel> ConnectAsync() => ConnectAsync(_sshd, _proxy.Port);

    private Task<IVessel> ConnectAsync(ThrowawaySshd sshd, int port, VerifyPolicy verify = VerifyPolicy.Auto, string? tempDir = null)
    {
        Directory.CreateDirectory(_scratch["inbox"]);
        var settings = new VesselSettings { Name = "ship", Address = "127.0.0.1", Port = port, Username = sshd.User, IdentityFile = sshd.ClientKeyFile, Timeout = TimeSpan.FromSeconds(2), Verify = verify, TempDir = tempDir };
        var places = new VesselPlaces(PartName.NewId(), _scratch[$"known_hosts_{port}"], "", [BytePath.FromText(_scratch["inbox"])]);
        return SshVessel.ConnectAsync(settings, places, _memory, throttle: null, TimeProvider.System, waitingBytes: 0, Token);
    }
}
