using ContentMonster.Ledger;
using ContentMonster.Tests.Support;
using Microsoft.Data.Sqlite;

namespace ContentMonster.Tests.Faults;

/// <summary>
/// The ledger is lost, damaged or older than it should be. Either it is refused with advice, and the advice works, or what it lacks is found by
/// looking: nothing is sent that is there, nothing wrong arrives, nothing is archived before all have it.
/// </summary>
public sealed class LedgerFaultTests
{
    private static readonly string[] Names = ["big", "one", "sub/two", "three"];

    [Theory]
    [InlineData("deleted", false)]
    [InlineData("emptied", false)]
    [InlineData("cut to half", true)]
    [InlineData("zeros", true)]
    [InlineData("log removed", false)]
    [InlineData("shared memory removed", false)]
    [InlineData("older copy", false)]
    public async Task What_a_ledger_lacks_is_found_by_looking(string damage, bool refused)
    {
        await using DeliveryRig rig = await HalfDoneAsync(out Dictionary<string, string> hashes);
        string old = Path.Combine(rig.Scratch, "old.db");
        string running = Path.Combine(rig.Scratch, "running.db");
        await Snapshots(rig, hashes, old, running);
        Damage(rig.Ledger, damage, old, running);
        int before = rig.Log.Lines.Count;
        await EndsWellAsync(rig, hashes, refused);
        rig.Log.Lines.Skip(before).Where(line => line.StartsWith("Published", StringComparison.Ordinal) && line.Contains("on v1", StringComparison.Ordinal))
            .ShouldAllBe(line => line.Contains(" 0 sent", StringComparison.Ordinal) || line.Contains("/late", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_flipped_bit_is_refused_or_does_no_harm()
    {
        await using DeliveryRig rig = await HalfDoneAsync(out Dictionary<string, string> hashes);
        await Snapshots(rig, hashes, Path.Combine(rig.Scratch, "old.db"), Path.Combine(rig.Scratch, "running.db"));
        byte[] sound = await File.ReadAllBytesAsync(rig.Ledger, DeliveryRig.Token);
        var random = new Random(20);
        int refused = 0;
        int pages = sound.Length / 4096;
        for (int page = 0; page < pages; page += Math.Max(1, pages / 10))
        {
            byte[] bad = [.. sound];
            bad[(page * 4096) + random.Next(4096)] ^= (byte)(1 << random.Next(8));
            await File.WriteAllBytesAsync(rig.Ledger, bad, DeliveryRig.Token);
            try
            {
                await rig.StartAsync();
                await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System, DeliveryRig.Token);
                await rig.StopAsync();
            }
            catch (LedgerException told)
            {
                refused++;
                told.Message.ShouldContain(rig.Ledger);
            }

            // v2 is away: whatever the ledger says now, nothing may leave its place.
            rig.Shore.Files.SequenceEqual(hashes.Keys.Order(StringComparer.Ordinal), StringComparer.Ordinal).ShouldBeTrue($"page {page}");
            hashes.ShouldAllBe(pair => rig.Shore.Hash(pair.Key) == pair.Value);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{refused} refused");
        File.Delete(rig.Ledger);
        await EndsWellAsync(rig, hashes, refused: false);
    }

    [Fact]
    public async Task A_ledger_from_before_the_archiving_overwrites_nothing_and_sends_only_what_is_new()
    {
        await using DeliveryRig rig = await DeliveryRig.WithAsync("v1");
        string first = rig.Put("a", 5000);
        await rig.Server("v1").StopAsync();
        await rig.StartAsync();
        await rig.UntilAsync(async () => (await rig.Engine.TotalsAsync(DeliveryRig.Token)).LiveFiles == 1, "it is known");
        await rig.StopAsync();
        byte[] old = await File.ReadAllBytesAsync(rig.Ledger, DeliveryRig.Token);
        await rig.Server("v1").RestartAsync(DeliveryRig.Token);
        await rig.StartAsync();
        await rig.UntilArchivedAsync("a");
        await rig.StopAsync();

        await File.WriteAllBytesAsync(rig.Ledger, old, DeliveryRig.Token);
        string second = rig.Put("a", 6000);
        await rig.StartAsync();
        await rig.UntilAsync(() => rig.Shore.Files.Count == 2 && !rig.Shore.Has("a"), "the new one is archived beside the old one");
        rig.Shore.Files.Select(rig.Shore.Hash).ShouldBe([first, second], ignoreOrder: true);
        rig.InboxOf("v1").Hash("a").ShouldBe(second);
    }

    [Fact]
    public async Task A_ledger_that_a_sqlite_shell_has_locked_is_refused_with_that_word()
    {
        await using DeliveryRig rig = await DeliveryRig.WithAsync();
        await rig.StartAsync();
        await rig.StopAsync();
        using var shell = new SqliteConnection($"Data Source={rig.Ledger};Pooling=False");
        shell.Open();
        using SqliteCommand hold = shell.CreateCommand();
        hold.CommandText = "begin immediate; update shore set stopped_clean = 1";
        hold.ExecuteNonQuery();
        (await Should.ThrowAsync<LedgerException>(rig.StartAsync)).Message.ShouldContain("another program has it locked");
    }

    [Fact]
    public async Task A_ledger_on_a_disk_that_is_read_only_is_refused_with_what_to_do()
    {
        Assert.SkipUnless(Posix.IsRoot, "Mounting takes root.");
        await using DeliveryRig rig = await DeliveryRig.WithAsync();
        string state = Path.GetDirectoryName(rig.Ledger)!;
        using var disk = new SmallDisk(state, "8m");
        await rig.StartAsync();
        await rig.StopAsync();
        Posix.Run("mount", "-o", "remount,ro", state);
        Exception refused = (await Should.ThrowAsync<Exception>(rig.StartAsync))!;
        refused.ShouldBeAssignableTo<LedgerException>();
        refused.Message.ShouldContain("read-only");
        Posix.Run("mount", "-o", "remount,rw", state);
        await rig.StartAsync();

        // Before its disk goes, which would be told.
        await rig.StopAsync();
    }

    // All are whole on v1, nothing is on v2, which is away.
    private static Task<DeliveryRig> HalfDoneAsync(out Dictionary<string, string> hashes)
    {
        var made = new Dictionary<string, string>(StringComparer.Ordinal);
        hashes = made;
        return MakeAsync();

        async Task<DeliveryRig> MakeAsync()
        {
            DeliveryRig rig = await DeliveryRig.WithAsync("v1", "v2");
            await rig.Server("v2").StopAsync();
            made["one"] = rig.Put("one", 1000);
            await rig.StartAsync();
            await rig.UntilPublishedAsync("v1", 1);
            return rig;
        }
    }

    private static async Task Snapshots(DeliveryRig rig, Dictionary<string, string> hashes, string old, string running)
    {
        using (var copying = new SqliteConnection($"Data Source={rig.Ledger};Pooling=False;Mode=ReadOnly"))
        {
            copying.Open();
            using SqliteCommand vacuum = copying.CreateCommand();
            vacuum.CommandText = $"vacuum into '{old}'";
            vacuum.ExecuteNonQuery();
        }

        foreach (string name in Names.Except(hashes.Keys, StringComparer.Ordinal).ToArray())
        {
            hashes[name] = rig.Put(name, name == "big" ? 3_000_000 : 2000);
        }

        await rig.UntilPublishedAsync("v1", Names.Length);

        // As a crash would leave them; by another process, whose closing does not drop SQLite's locks.
        Posix.Run("sh", "-c", $"cp '{rig.Ledger}' '{running}' && cp '{rig.Ledger}-wal' '{running}-wal' && cp '{rig.Ledger}-shm' '{running}-shm'");
        await rig.StopAsync();
    }

    private static void Damage(string ledger, string damage, string old, string running)
    {
        switch (damage)
        {
            case "deleted":
                File.Delete(ledger);
                break;
            case "emptied":
                File.WriteAllBytes(ledger, []);
                break;
            case "cut to half":
                using (FileStream file = File.OpenWrite(ledger))
                {
                    file.SetLength(file.Length / 2 / 4096 * 4096);
                }

                break;
            case "zeros":
                File.WriteAllBytes(ledger, new byte[65_536]);
                break;
            case "log removed":
                File.Copy(running, ledger, overwrite: true);
                break;
            case "shared memory removed":
                File.Copy(running, ledger, overwrite: true);
                File.Copy(running + "-wal", ledger + "-wal", overwrite: true);
                break;
            default:
                File.Copy(old, ledger, overwrite: true);
                break;
        }
    }

    private static async Task EndsWellAsync(DeliveryRig rig, Dictionary<string, string> hashes, bool refused)
    {
        if (refused)
        {
            string advice = (await Should.ThrowAsync<LedgerException>(rig.StartAsync)).Message;
            advice.ShouldContain("move the file (with its -wal and -shm) away");
            Posix.Run("mv", rig.Ledger, rig.Ledger + ".away");
        }

        await rig.StartAsync();
        hashes["late"] = rig.Put("late", 3000);
        await rig.UntilAsync(() => rig.InboxOf("v1").Has("late"), "v1 goes on");
        rig.Shore.Files.SequenceEqual(hashes.Keys.Order(StringComparer.Ordinal), StringComparer.Ordinal).ShouldBeTrue("v2 has nothing yet: nothing leaves its place");
        await rig.Server("v2").RestartAsync(DeliveryRig.Token);
        await rig.RetryAsync();
        await rig.UntilArchivedAsync([.. hashes.Keys]);
        foreach (string vessel in new[] { "v1", "v2" })
        {
            rig.InboxOf(vessel).Files.ShouldBe(hashes.Keys.Order(StringComparer.Ordinal));
            hashes.ShouldAllBe(pair => rig.InboxOf(vessel).Hash(pair.Key) == pair.Value);
        }
    }
}
