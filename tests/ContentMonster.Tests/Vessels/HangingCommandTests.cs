using System.Globalization;
using ContentMonster.Configuration;
using ContentMonster.Daemon.Demo;
using ContentMonster.Model;
using ContentMonster.Tests.Servers;
using ContentMonster.Tests.Support;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Vessels;

/// <summary>The vessel's shell answers, and one of the commands there does not end. A minute is ten seconds here.</summary>
public sealed class HangingCommandTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private readonly ScratchDirectory _scratch = new();
    private readonly VesselMemory _memory = new();
    private readonly HurriedTime _time = new(6);
    private ThrowawaySshd _sshd = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(_scratch["inbox"]);
        Directory.CreateDirectory(_scratch["tools"]);
        _sshd = await ThrowawaySshd.StartAsync(new ThrowawaySshdOptions { Variables = ToolsFirst() }, Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _sshd.DisposeAsync();
        _scratch.Dispose();
    }

    [Theory]
    [InlineData("tar", "openssl", false)]
    [InlineData("openssl", "sha256sum", true)]
    [InlineData("grep", "openssl", true)]
    [InlineData("rm", "openssl", true)]
    public async Task One_that_can_be_done_without_is_and_the_next_visit_does_not_wait_for_it(string command, string hashTool, bool unpacks)
    {
        LetHang(command);
        await using (IVessel vessel = await ConnectAsync())
        {
            await vessel.Explored;
            (vessel.Facts.HasShell, vessel.Facts.HashTool, vessel.Facts.CanUnpack).ShouldBe((true, hashTool, unpacks));
            _memory.HangingCommands(_time).ShouldBe([command]);
        }

        Runs(command).ShouldBe(1);
        await using (IVessel again = await ConnectAsync())
        {
            await again.Explored;
            again.Facts.HashTool.ShouldBe(hashTool);
        }

        Runs(command).ShouldBe(1);
        Directory.GetFileSystemEntries(_scratch["inbox"]).ShouldBeEmpty();
    }

    [Fact]
    public async Task With_a_TempDir_too_it_is_not_waited_for_for_ever()
    {
        LetHang("openssl");
        await using IVessel vessel = await ConnectAsync(tempDir: _scratch["temp"]);
        vessel.Facts.HashTool.ShouldBe("sha256sum");
        Directory.Exists(_scratch["temp"]).ShouldBeTrue();
    }

    [Fact]
    public async Task Where_nothing_else_hashes_it_is_told_by_name_and_nothing_goes_unverified()
    {
        LetHang("openssl");
        foreach (string missing in new[] { "sha256sum", "shasum", "sha256", "busybox", "digest" })
        {
            Put(missing, "exit 1");
        }

        VesselException trouble = await TroubleAsync();
        (trouble.Kind, trouble.IsOfTheLink).ShouldBe((FailureKind.LoginHangs, true));
        trouble.Message.ShouldContain("openssl is not over");

        // It hung for a while only.
        File.Delete(Path.Combine(_scratch["tools"], "openssl"));
        await using IVessel vessel = await ConnectAsync();
        await vessel.Explored;
        vessel.Facts.HashTool.ShouldBe("openssl");
    }

    [Fact]
    public async Task One_without_which_nothing_goes_is_told_by_name()
    {
        LetHang("cat");
        VesselException trouble = await TroubleAsync();
        (trouble.Kind, trouble.IsOfTheLink).ShouldBe((FailureKind.LoginHangs, true));
        trouble.Message.ShouldContain("cat is not over");
    }

    [Fact]
    public async Task One_that_talks_while_it_hangs_is_named_all_the_same()
    {
        Put("tar", "while echo 'a word'; do sleep 0.2; done");
        await using IVessel vessel = await ConnectAsync();
        await vessel.Explored;
        _memory.HangingCommands(_time).ShouldBe(["tar"]);
    }

    [Fact]
    public async Task A_login_that_hangs_with_it_makes_no_vessel_without_a_shell()
    {
        Put("tar", $"touch {_scratch["ill"]}; exec sleep 600");
        await using ThrowawaySshd sshd = await ThrowawaySshd.StartAsync(
            new ThrowawaySshdOptions
            {
                Variables = ToolsFirst(),
                ConfigLines = [$"ForceCommand if [ -e '{_scratch["ill"]}' ]; then case \"$SSH_ORIGINAL_COMMAND\" in *sftp*) ;; *) exec sleep 600 ;; esac; fi; exec sh -c \"$SSH_ORIGINAL_COMMAND\""],
            },
            Token);
        await using IVessel vessel = await ConnectAsync(sshd);
        VesselException trouble = await Should.ThrowAsync<VesselException>(() => vessel.Explored);
        (trouble.Kind, trouble.IsOfTheLink).ShouldBe((FailureKind.LoginHangs, true));
        trouble.Message.ShouldContain("tar hangs");
    }

    [Fact]
    public async Task A_tool_that_hangs_in_the_middle_of_work_is_told_leaves_nothing_running_and_the_next_look_does_without()
    {
        await using (IVessel vessel = await ConnectAsync())
        {
            await vessel.Explored;
            LetHang("openssl");
            RemoteRange range = await RangeAsync("inbox/file");
            VesselException trouble = await Should.ThrowAsync<VesselException>(() => vessel.HashAsync([range], Token));
            (trouble.Kind, trouble.IsOfTheLink).ShouldBe((FailureKind.LoginHangs, true));
            trouble.Message.ShouldContain("openssl, which hashes there");
            int hanging = int.Parse((await File.ReadAllLinesAsync(_scratch["openssl.runs"], Token))[^1], CultureInfo.InvariantCulture);
            await Eventually.BeTrueAsync(() => !Alive.Is(hanging), "what hung is gone");
        }

        await using IVessel again = await ConnectAsync();
        await again.Explored;
        again.Facts.HashTool.ShouldBe("sha256sum");
    }

    [Fact]
    public async Task A_directory_that_hangs_takes_no_other_with_it_and_is_no_fault_of_the_tool()
    {
        Directory.CreateDirectory(_scratch["inbox/poison"]);
        Put("openssl", $"case \"$*\" in *poison*) exec sleep 600 ;; esac; case $(readlink /proc/self/fd/0) in *poison*) exec sleep 600 ;; esac; exec /usr/bin/openssl \"$@\"");
        await using IVessel vessel = await ConnectAsync();
        await vessel.Explored;
        RemoteRange[] ranges = [await RangeAsync("inbox/one"), await RangeAsync("inbox/poison/two"), await RangeAsync("inbox/three")];
        IReadOnlyList<RangeHash> hashes = await vessel.HashAsync(ranges, Token);
        hashes.Select(hash => hash.Sha256 is not null).ShouldBe([true, false, true]);
        hashes.Select(hash => hash.Trouble?.Kind).ShouldBe([null, FailureKind.CommandHangs, null]);
        _memory.HangingCommands(_time).ShouldBeEmpty();

        // Alone it is a failure like any other, and no matter of the link.
        VesselException trouble = await Should.ThrowAsync<VesselException>(() => vessel.HashAsync([ranges[1]], Token));
        (trouble.Kind, trouble.IsOfTheLink).ShouldBe((FailureKind.CommandHangs, false));
        trouble.Message.ShouldContain("hash");
    }

    private async Task<RemoteRange> RangeAsync(string name)
    {
        await File.WriteAllTextAsync(_scratch[name], "content", Token);
        return new RemoteRange(BytePath.FromText(_scratch[name]), 0, 7, WholeFile: true);
    }

    private async Task<VesselException> TroubleAsync()
    {
        await using IVessel vessel = await ConnectAsync();
        return await Should.ThrowAsync<VesselException>(() => vessel.Explored);
    }

    private void LetHang(string command) => Put(command, $"echo $$ >>{_scratch[command + ".runs"]}; exec sleep 600");

    private int Runs(string command) => File.ReadAllLines(_scratch[command + ".runs"]).Length;

    private void Put(string command, string script)
    {
        string file = Path.Combine(_scratch["tools"], command);
        File.WriteAllText(file, $"#!/bin/sh\n{script}\n");
        Posix.Run("chmod", "755", file);
    }

    private Dictionary<string, string> ToolsFirst() => new(StringComparer.Ordinal) { ["PATH"] = $"{_scratch["tools"]}:/usr/bin:/bin" };

    private Task<IVessel> ConnectAsync(ThrowawaySshd? other = null, string? tempDir = null)
    {
        var settings = new VesselSettings { Name = "ship", Address = "127.0.0.1", Port = (other ?? _sshd).Port, Username = _sshd.User, IdentityFile = (other ?? _sshd).ClientKeyFile, Timeout = Patience, TempDir = tempDir };
        var places = new VesselPlaces(PartName.NewId(), _scratch[other is null ? "known_hosts" : "other_hosts"], "", [BytePath.FromText(_scratch["inbox"])]);
        return SshVessel.ConnectAsync(settings, places, _memory, throttle: null, _time, waitingBytes: 0, Token);
    }
}
