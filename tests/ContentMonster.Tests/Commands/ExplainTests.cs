using ContentMonster.Ledger;
using ContentMonster.Model;
using ContentMonster.Tests.Hosting;
using ContentMonster.Tests.Ledger;

namespace ContentMonster.Tests.Commands;

/// <summary>`explain` of files that no ledger has: which rule it is.</summary>
public sealed class ExplainTests : IDisposable
{
    private readonly Typed _typed = new();

    public ExplainTests() => _typed.HasLedger(new FakeEngine());

    [Fact]
    public async Task The_rule_that_leaves_a_file_out_is_named()
    {
        Directory.CreateDirectory(_typed.PathOf("sub"));
        Set(directory => directory with { Exclude = ["*.tmp", "cache/"], Include = ["*.mkv", "*.tmp"] });
        (await ToldAsync("a.tmp")).ShouldContain("is not sent: the pattern *.tmp of Exclude leaves it out.");
        (await ToldAsync("cache/a.mkv")).ShouldContain("the pattern cache/ of Exclude leaves out cache/.");
        (await ToldAsync("a.txt")).ShouldContain("no pattern of Include means it.");
        (await ToldAsync("sub")).ShouldContain("it is a directory");
        (await ToldAsync("a.mkv")).ShouldContain("by the settings it is sent; but the ledger has nothing on it, and no daemon runs");
        _typed.Settings = _typed.Settings with { Vessels = [_typed.Settings.Vessels[0] with { IdentityFile = _typed.PathOf("key.mkv") }] };
        (await ToldAsync("key.mkv")).ShouldContain("it belongs to ContentMonster itself");
        Set(directory => directory with { Recursive = false });
        (await ToldAsync("sub/a.mkv")).ShouldContain("`Recursive = no` leaves those out.");
    }

    [Fact]
    public async Task The_rule_is_named_of_a_file_as_well_that_waited_once()
    {
        _typed.HasLedger(new FakeEngine { History = [new(FakeEngine.Now, "gone", "films", BytePath.FromText("a.tmp"), null, 2048, "left out by the settings")] });
        Set(directory => directory with { Exclude = ["*.tmp"] });
        (await RunAsync(_typed.PathOf("a.tmp"))).ShouldNotContain("is not sent");
        (await ToldAsync("a.tmp")).ShouldContain("is not sent by the settings as they are now: the pattern *.tmp of Exclude leaves it out.");
        Set(static directory => directory with { Exclude = [] });
        (await ToldAsync("a.tmp")).Split("left out by the settings").Length.ShouldBe(4);
        _typed.Output.Split("is not sent").Length.ShouldBe(2);
    }

    [Fact]
    public async Task Links_and_vessels_that_leave_the_directory_out_are_told()
    {
        Directory.CreateDirectory(_typed.PathOf("elsewhere"));
        File.CreateSymbolicLink(_typed.PathOf("link"), "/etc/hosts");
        (await RunAsync(_typed.PathOf("link"))).ShouldContain("is not sent: it is a symbolic link");
        Directory.CreateSymbolicLink(_typed.PathOf("gone"), "/etc");
        (await RunAsync(_typed.PathOf("gone/hosts"))).ShouldContain("gone is a symbolic link, and links are never followed.");
        _typed.Settings = _typed.Settings with { Vessels = [_typed.Settings.Vessels[0], _typed.Settings.Vessels[1] with { IgnoreDirs = ["films"] }] };
        (await RunAsync(_typed.PathOf("x"))).ShouldContain("Directory films does not go to borealis, by IgnoreDirs.");
    }

    [Fact]
    public async Task A_Location_and_a_path_behind_links_are_found()
    {
        Directory.CreateDirectory(_typed.PathOf("real"));
        await File.WriteAllTextAsync(_typed.PathOf("real/a"), "a", TestContext.Current.CancellationToken);
        Directory.CreateSymbolicLink(_typed.PathOf("way"), "real");
        Set(directory => directory with { Location = _typed.PathOf("way") });
        (await RunAsync(_typed.PathOf("real/a"))).ShouldContain($"leads through a link to {_typed.PathOf("way/a")}.");
        _typed.Output.ShouldContain("by the settings it is sent");
        Set(directory => directory with { Location = _typed.PathOf("real") });
        (await RunAsync(_typed.PathOf("way/a"))).ShouldContain($"leads through a link to {_typed.PathOf("real/a")}.");
        _typed.Output.ShouldNotContain("below no Location");
    }

    [Fact]
    public async Task A_file_is_found_in_the_ledger_whatever_happened_since()
    {
        using var room = new LedgerRoom();
        CancellationToken token = TestContext.Current.CancellationToken;
        await using (SqliteLedger ledger = await room.OpenAsync())
        {
            await ledger.DeclareAsync([new("in", 0, ["v1"])], ["v1"], token);
            await ledger.RecordAsync("in", [new SeenFile(BytePath.FromText("a"), new FileStamp(1, 1, 10, 1, 1, 1)), new SeenFile(new BytePath([0xe9]), new FileStamp(1, 2, 10, 1, 1, 1))], 100, token);
            await ledger.PublishedAsync([new PublishedDelivery(1, "v1", VerifiedBy.RemoteHash, true, 10)], token);
            await ledger.CloseCleanlyAsync(token);
        }

        using LedgerReader reader = LedgerReader.Open(room.File);
        FileReport first = await reader.FileAsync("in", "a", 1, token);
        first.Events.Single().Vessel.ShouldBe("v1");
        first.Waits.ShouldBeFalse();
        (await reader.FileAsync("in", "\\xe9", 1, token)).Waits.ShouldBeTrue();
        (await reader.FileAsync("in", "none", 1, token)).Events.ShouldBeEmpty();
        (await reader.WasImportedAsync(token)).ShouldBeFalse();
    }

    public void Dispose() => _typed.Dispose();

    private void Set(Func<ContentMonster.Configuration.DirectorySettings, ContentMonster.Configuration.DirectorySettings> change) =>
        _typed.Settings = _typed.Settings with { Directories = [change(_typed.Settings.Directories[0])] };

    private async Task<string> ToldAsync(string name)
    {
        string path = _typed.PathOf(name);
        if (!Directory.Exists(path) && Directory.Exists(Path.GetDirectoryName(path)))
        {
            await File.WriteAllTextAsync(path, "x", TestContext.Current.CancellationToken);
        }

        return await RunAsync(path);
    }

    private async Task<string> RunAsync(string path)
    {
        (await _typed.RunAsync("explain", path)).ShouldBe(0);
        return _typed.Output;
    }
}
