using ContentMonster.Configuration;
using ContentMonster.Daemon.Demo;
using ContentMonster.Model;
using ContentMonster.Tests.Servers;
using ContentMonster.Tests.Support;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Vessels;

/// <summary>The names of the files that a connection looks around with, as they are written down and crossed out.</summary>
public sealed class VesselProbeTests : IAsyncLifetime
{
    private readonly ScratchDirectory _scratch = new();
    private readonly List<string> _told = []; // guarded by itself
    private readonly List<BytePath> _written = []; // guarded by _told
    private ThrowawaySshd _sshd = null!;

    private IReadOnlyList<BytePath> _watched = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Inbox => _scratch["inbox"];

    public async ValueTask InitializeAsync() => _sshd = await ThrowawaySshd.StartAsync(new ThrowawaySshdOptions(), Token);

    public async ValueTask DisposeAsync()
    {
        await _sshd.DisposeAsync();
        _scratch.Dispose();
    }

    [Fact]
    public async Task A_name_is_written_down_before_the_file_is_made_and_crossed_out_when_it_is_gone()
    {
        IVessel vessel = await ConnectAsync();
        await using (vessel)
        {
            await vessel.Explored;
            vessel.Facts.HasShell.ShouldBeTrue();
            await Eventually.BeTrueAsync(() => Told.Length == 2, "it is crossed out while the vessel is connected");
            vessel.Owns(_written.ShouldHaveSingleItem()).ShouldBeTrue();
            vessel.Owns(PartName.Sibling(BytePath.FromText($"{Inbox}/contentmonster-probe"), PartName.NewId())).ShouldBeFalse();
        }

        Told.ShouldBe(["+ made: no", "- there: no"]);
        Directory.EnumerateFileSystemEntries(Inbox).ShouldBeEmpty();
    }

    [Fact]
    public async Task Where_the_first_place_takes_none_each_further_one_is_written_down_and_none_stays()
    {
        // No directory can be made below a file.
        await File.WriteAllTextAsync(_scratch["occupied"], "", Token);
        IVessel vessel = await ConnectAsync(Task.FromResult(true), _scratch["occupied"] + "/below", Inbox);
        await using (vessel)
        {
            await vessel.Explored;
            vessel.Facts.HasShell.ShouldBeTrue();
        }

        _written.Select(name => name.Parent.ToString()).ShouldBe([_scratch["occupied"] + "/below", Inbox]);
        Told.Count(line => line[0] == '-').ShouldBe(2);
    }

    [Fact]
    public async Task An_attempt_that_comes_to_nothing_leaves_no_name()
    {
        await _sshd.StopAsync();
        await Should.ThrowAsync<VesselException>(() => ConnectAsync());
        Told.ShouldBe(["+ made: no", "- there: no"]);
    }

    [Fact]
    public async Task After_a_connection_that_broke_when_it_may_have_been_made_its_name_stays_in_the_book()
    {
        var goOn = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        IVessel vessel = await ConnectAsync(goOn.Task, Inbox);
        await using (vessel)
        {
            _sshd.KillSessions();
            IVesselLane lane = await vessel.OpenLaneAsync(Token);
            await lane.Ended.WaitAsync(TimeSpan.FromSeconds(30), Token);
            goOn.SetResult(true);
            await Should.ThrowAsync<VesselException>(() => vessel.Explored);
        }

        Told.ShouldBe(["+ made: no"]);
    }

    [Fact]
    public async Task A_name_that_cannot_be_written_down_makes_no_file()
    {
        IVessel vessel = await ConnectAsync(Task.FromResult(false), Inbox);
        await using (vessel)
        {
            VesselException told = await Should.ThrowAsync<VesselException>(() => vessel.Explored);
            told.Kind.ShouldBe(FailureKind.ShoreSetup);
            told.Message.ShouldContain("ledger");
        }

        Directory.Exists(Inbox).ShouldBeFalse();
    }

    [Fact]
    public async Task The_watched_directory_itself_is_no_destination()
    {
        _watched = [BytePath.FromText(_scratch["elsewhere"])];
        await using (IVessel vessel = await ConnectAsync())
        {
            await vessel.Explored;
        }

        _watched = [BytePath.FromText(Inbox)];
        await using (IVessel vessel = await ConnectAsync())
        {
            VesselException told = await Should.ThrowAsync<VesselException>(() => vessel.Explored);
            told.Kind.ShouldBe(FailureKind.Unsupported);
            told.Message.ShouldContain("RemoteLocation");
        }

        Directory.GetFileSystemEntries(Inbox).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_file_that_the_vessels_own_programs_take_away_at_once_is_no_failure()
    {
        await _sshd.DisposeAsync();
        _sshd = await ThrowawaySshd.StartAsync(
            new ThrowawaySshdOptions { ConfigLines = [$"ForceCommand case \"$SSH_ORIGINAL_COMMAND\" in *sftp*) ;; *) until rm '{Inbox}'/.contentmonster-probe*; do sleep 0.1; done 2>/dev/null ;; esac; exec sh -c \"$SSH_ORIGINAL_COMMAND\""] }, Token);
        await using (IVessel vessel = await ConnectAsync())
        {
            await vessel.Explored;
            vessel.Facts.ShellProblem.ShouldNotBeNull().ShouldContain("does not see");
        }

        Told.Count(line => line[0] == '-').ShouldBe(1);
    }

    [Fact]
    public async Task A_server_that_falls_silent_in_the_first_look_holds_up_nobody_who_closes()
    {
        await using var proxy = new CountingProxy(_sshd.Port);
        IVessel vessel = await ConnectAsync(Task.FromResult(true), proxy.Port, Inbox);
        proxy.FallSilent();
        await vessel.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromMinutes(1), TimeProvider.System, Token);
    }

    [Fact]
    public async Task A_file_system_that_does_not_tell_upper_from_lower_case_is_found_out_and_one_that_does_is_not_suspected()
    {
        await using (IVessel vessel = await ConnectAsync())
        {
            await vessel.Explored;
            vessel.Facts.FoldsCase.ShouldBeNull();
        }

        await using var folding = new LyingSftpServer(_scratch.Path, request => (LyingSftpServer.Folded(request), null), LyingSftpServer.Framed);
        await _sshd.DisposeAsync();
        _sshd = await ThrowawaySshd.StartAsync(new ThrowawaySshdOptions { SftpProgram = folding.Command }, Token);
        await using (IVessel vessel = await ConnectAsync())
        {
            await vessel.Explored;
            vessel.Facts.FoldsCase.ShouldBe(Inbox);
        }
    }

    private string[] Told
    {
        get
        {
            lock (_told)
            {
                return [.. _told];
            }
        }
    }

    private Task<IVessel> ConnectAsync() => ConnectAsync(Task.FromResult(true), Inbox);

    private Task<IVessel> ConnectAsync(Task<bool> written, params string[] destinations) => ConnectAsync(written, _sshd.Port, destinations);

    private async Task<IVessel> ConnectAsync(Task<bool> written, int port, params string[] destinations)
    {
        var vessel = new VesselSettings { Name = "ship", Address = "127.0.0.1", Port = port, Username = _sshd.User, IdentityFile = _sshd.ClientKeyFile, Timeout = TimeSpan.FromMinutes(5) };
        var places = new VesselPlaces(PartName.NewId(), _scratch["known_hosts"], "", [.. destinations.Select(BytePath.FromText)]) { Watched = _watched };
        var book = new LitterBook(
            async name =>
            {
                if (!await written)
                {
                    return false;
                }

                lock (_told)
                {
                    _written.Add(name);
                    _told.Add($"+ made: {There(name)}");
                }

                return true;
            },
            names =>
            {
                lock (_told)
                {
                    _told.AddRange(names.Select(name => $"- there: {There(name)}"));
                }

                return Task.CompletedTask;
            });
        return await SshVessel.ConnectAsync(vessel, places, new VesselMemory { Litter = book }, throttle: null, TimeProvider.System, waitingBytes: 0, Token);
    }

    private static string There(BytePath name) => File.Exists(name.ToString()) ? "yes" : "no";
}
