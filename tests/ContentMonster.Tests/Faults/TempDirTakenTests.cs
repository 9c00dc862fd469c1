using System.Diagnostics;
using ContentMonster.Daemon.Demo;
using ContentMonster.Model;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Faults;

/// <summary>TempDir goes away in the middle of a visit (tmpfiles, a tidy operator), and others are quick to put something there.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class TempDirTakenTests
{
    private const string Nobody = "65534";

    [Fact]
    public async Task TempDir_that_is_wiped_is_made_again_for_us_alone()
    {
        await using DeliveryRig rig = await BegunAsync();
        Directory.Delete(TempDirOf(rig), recursive: true);
        string hash = rig.Put("after", 3_000_000);
        await rig.UntilArchivedAsync("after", "before");
        rig.InboxOf("v1").Hash("after").ShouldBe(hash);
        string folder = Directory.GetDirectories(TempDirOf(rig)).ShouldHaveSingleItem();
        const UnixFileMode ours = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        (File.GetUnixFileMode(TempDirOf(rig)), File.GetUnixFileMode(folder)).ShouldBe((ours, ours));
        rig.Log.Lines.Count(line => line.Contains("Connected", StringComparison.Ordinal)).ShouldBeLessThan(2, "it was one visit");
    }

    [Fact]
    public async Task A_folder_that_somebody_else_put_there_meanwhile_is_not_used()
    {
        Assert.SkipUnless(Posix.IsRoot, "Giving files away takes root.");
        await using DeliveryRig rig = await BegunAsync();
        string folder = Directory.GetDirectories(TempDirOf(rig)).ShouldHaveSingleItem();
        Posix.Run("sh", "-c", $"rm -r '{TempDirOf(rig)}' && mkdir -p '{folder}' && chown -R {Nobody} '{TempDirOf(rig)}' && chmod 777 '{folder}'");
        string hash = rig.Put("after", 100_000);
        await rig.UntilAsync(() => rig.Shown("v1").ErrorKind == FailureKind.TempDirUnsafe, "it is refused");
        rig.InboxOf("v1").Files.ShouldBe(["before"]);
        rig.Shown("v1").LastError!.ShouldContain($"{TempDirOf(rig)} belongs to user {Nobody}");
        Directory.Delete(TempDirOf(rig), recursive: true);
        await rig.RetryAsync();
        await rig.UntilArchivedAsync("after", "before");
        rig.InboxOf("v1").Hash("after").ShouldBe(hash);
    }

    [Fact]
    public async Task A_link_that_somebody_put_there_meanwhile_gets_nothing()
    {
        await using DeliveryRig rig = await BegunAsync();
        string folder = Path.GetFileName(Directory.GetDirectories(TempDirOf(rig)).ShouldHaveSingleItem());
        string his = Directory.CreateDirectory(Path.Combine(rig.HomeOf("v1"), "evil", folder)).FullName;
        Posix.Run("sh", "-c", $"chmod 777 '{his}' && rm -r '{TempDirOf(rig)}' && ln -s '{Path.GetDirectoryName(his)}' '{TempDirOf(rig)}'");
        string hash = rig.Put("after", 100_000);
        await rig.UntilAsync(() => rig.Shown("v1").ErrorKind == FailureKind.TempDirUnsafe, "it is refused");
        rig.Shown("v1").LastError!.ShouldContain("is no directory but SymbolicLink");
        Directory.GetFileSystemEntries(his).ShouldBeEmpty();
        File.Delete(TempDirOf(rig));
        await rig.RetryAsync();
        await rig.UntilArchivedAsync("after", "before");
        rig.InboxOf("v1").Hash("after").ShouldBe(hash);
    }

    /// <summary>Its name is to be seen on the vessel while it is hashed there.</summary>
    [Fact]
    public async Task A_file_that_somebody_puts_in_the_place_of_one_that_is_being_hashed_is_not_published()
    {
        await using DeliveryRig rig = await DeliveryRig.WithAsync();
        string home = Directory.CreateDirectory(rig.HomeOf("v1")).FullName;
        string bin = Directory.CreateDirectory(Path.Combine(rig.Scratch, "bin")).FullName;
        (string gate, string held, string calls) = (Path.Combine(rig.Scratch, "gate"), Path.Combine(rig.Scratch, "held"), Path.Combine(rig.Scratch, "calls"));

        // Chunk by chunk, and the second of the two is held up.
        File.WriteAllText(Path.Combine(bin, "grep"), "#!/bin/sh\nexit 1\n");
        File.WriteAllText(Path.Combine(bin, "openssl"), $"#!/bin/sh\n[ -e '{gate}' ] && echo >>'{calls}' && while [ $(wc -l <'{calls}') -gt 1 ] && [ -e '{gate}' ]; do : >'{held}'; sleep 0.1; done\nexec /usr/bin/openssl \"$@\"\n");
        Posix.Run("chmod", "755", Path.Combine(bin, "openssl"), Path.Combine(bin, "grep"));
        await rig.AddVesselAsync("v1", new ThrowawaySshdOptions { ConfigLines = [$"ForceCommand cd '{home}' && HOME='{home}' PATH='{bin}':\"$PATH\" exec sh -c \"$SSH_ORIGINAL_COMMAND\""] });
        rig.Change("v1", vessel => vessel with { TempDir = TempDirOf(rig) });
        rig.Put("before", 1000);
        await rig.StartAsync();
        await rig.UntilArchivedAsync("before");
        File.WriteAllText(gate, "");
        string hash = rig.Put("after", 1_500_000);
        await rig.UntilAsync(() => File.Exists(held), "it is being hashed");
        await rig.UntilAsync(() => Directory.GetFiles(TempDirOf(rig), "*.part", SearchOption.AllDirectories) is [string only] && new FileInfo(only).Length == 1_500_000, "all of it is there");
        string part = Directory.GetFiles(TempDirOf(rig), "*.part", SearchOption.AllDirectories).Single();
        string his = Directory.CreateDirectory(Path.Combine(home, "evil", Path.GetFileName(Path.GetDirectoryName(part)!))).FullName;
        File.WriteAllText(Path.Combine(his, Path.GetFileName(part)), "evil");

        // What is open stays open, and is hashed to its end.
        await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System, DeliveryRig.Token);
        Directory.Move(TempDirOf(rig), TempDirOf(rig) + ".tidied");
        Directory.CreateSymbolicLink(TempDirOf(rig), Path.GetDirectoryName(his)!);
        File.Delete(gate);
        await rig.UntilAsync(() => rig.Shown("v1").ErrorKind == FailureKind.TempDirUnsafe, "it is refused");
        rig.InboxOf("v1").Files.ShouldBe(["before"]);
        File.Delete(TempDirOf(rig));
        await rig.RetryAsync();
        await rig.UntilArchivedAsync("after", "before");
        rig.InboxOf("v1").Hash("after").ShouldBe(hash);
    }

    /// <summary>Another user in a directory like /tmp, who swaps, links, plants and overwrites whatever he can, while root tidies up there.</summary>
    /// <param name="folderReady">Whether a folder of our name waits where his link points; then an empty file that he cannot read may be left there.</param>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Another_user_who_races_for_TempDir_wins_nothing(bool folderReady)
    {
        Assert.SkipUnless(Posix.IsRoot, "Being another user takes root.");
        await using DeliveryRig rig = await DeliveryRig.WithAsync("v1");
        string shared = Directory.CreateDirectory(Path.Combine(rig.HomeOf("v1"), "shared")).FullName;
        string evil = Directory.CreateDirectory(Path.Combine(rig.HomeOf("v1"), "evil")).FullName;
        string temp = Path.Combine(shared, "tmp");
        Posix.Run("sh", "-c", $"chmod 1777 '{shared}' && chmod 777 '{evil}' && chmod 711 '{rig.Scratch}' '{Path.GetDirectoryName(rig.HomeOf("v1"))}' '{rig.HomeOf("v1")}'");
        rig.Change("v1", vessel => vessel with { TempDir = temp });
        var hashes = new Dictionary<string, string>(StringComparer.Ordinal);
        await rig.StartAsync();
        string shoreId = await rig.ShoreIdAsync();
        string his = Path.Combine(evil, shoreId);
        if (folderReady)
        {
            Directory.CreateDirectory(his);
            Posix.Run("chown", Nobody, his);
            Posix.Run("chmod", "777", his);
        }

        string attack = $"""
            exec 2>/dev/null
            cd '{shared}' || exit 1
            while :; do
                mkdir tmp 2>/dev/null && mkdir -m 777 tmp/{shoreId} 2>/dev/null
                for part in tmp/{shoreId}/*.part; do echo evil > "$part"; rm -f "$part"; ln -s '{evil}/got' "$part"; done 2>/dev/null
                mv tmp aside-$$ 2>/dev/null && ln -s '{evil}' tmp 2>/dev/null
                rm -rf tmp aside-$$ 2>/dev/null
            done
            """;
        using (Process racer = Begin("setpriv", "--reuid", Nobody, "--regid", Nobody, "--clear-groups", "sh", "-c", attack))
        using (Process tidier = Begin("sh", "-c", $"exec 2>/dev/null; while sleep 0.02; do rm -rf '{temp}'; done"))
        {
            long start = TimeProvider.System.GetTimestamp();
            while (TimeProvider.System.GetElapsedTime(start) < Patient.Race)
            {
                string name = $"file{hashes.Count}";
                hashes.Add(name, rig.Put(name, 40_000));
                await rig.RetryAsync();
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, DeliveryRig.Token);
            }

            racer.HasExited.ShouldBeFalse("he raced to the end");
            racer.Kill(entireProcessTree: true);
            tidier.Kill(entireProcessTree: true);
            await Task.WhenAll(racer.WaitForExitAsync(DeliveryRig.Token), tidier.WaitForExitAsync(DeliveryRig.Token));
        }

        // The daemon may be about to put a file there.
        Posix.Run("sh", "-c", $"rm -rf '{temp}' 2>/dev/null || rm -rf '{temp}'");
        await rig.UntilAsync(
            async () =>
            {
                await rig.RetryAsync();
                return rig.Shore.Files.SequenceEqual(hashes.Keys.Select(name => "processed/" + name).Order(StringComparer.Ordinal), StringComparer.Ordinal);
            },
            "all arrive when he is gone");
        string[] wins = [.. hashes.Where(pair => rig.InboxOf("v1").Hash(pair.Key) != pair.Value).Select(pair => pair.Key), .. Directory.GetFileSystemEntries(evil, "*", SearchOption.AllDirectories).Where(found => !folderReady || (found != his && new FileInfo(found).Length > 0))];
        TestContext.Current.TestOutputHelper?.WriteLine($"{hashes.Count} files in {Patient.Race.TotalSeconds} s: {wins.Length} wins");
        wins.ShouldBeEmpty();
        rig.InboxOf("v1").Files.Count.ShouldBe(hashes.Count);
    }

    private static Process Begin(string program, params string[] arguments) =>
        Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false })!;

    private static string TempDirOf(DeliveryRig rig) => Path.Combine(rig.HomeOf("v1"), "tmp");

    // A first file has been delivered, and the visit goes on.
    private static async Task<DeliveryRig> BegunAsync()
    {
        DeliveryRig rig = await DeliveryRig.WithAsync("v1");
        rig.Change("v1", vessel => vessel with { TempDir = TempDirOf(rig) });
        rig.Put("before", 1000);
        await rig.StartAsync();
        await rig.UntilArchivedAsync("before");
        return rig;
    }
}
