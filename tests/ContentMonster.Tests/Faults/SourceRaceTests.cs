using System.Diagnostics;
using System.Security.Cryptography;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Faults;

/// <summary>Somebody who may write into the watched directory swaps files and directories for links while they are sent and archived.</summary>
public sealed class SourceRaceTests
{
    [Fact]
    public async Task Who_swaps_files_and_parents_for_links_gets_no_secret_sent_and_nothing_moved_outside()
    {
        await using DeliveryRig rig = await DeliveryRig.WithAsync("v1");
        rig.ChangeDirectory(directory => directory with { SettleTime = TimeSpan.Zero });
        string outside = Directory.CreateDirectory(Path.Combine(rig.Scratch, "outside")).FullName;
        byte[] secret = RandomNumberGenerator.GetBytes(3000);
        foreach (string name in new[] { "file", "a", "b" })
        {
            await File.WriteAllBytesAsync(Path.Combine(outside, name), secret, DeliveryRig.Token);
        }

        await rig.StartAsync();
        rig.Put("before", 100);
        await rig.UntilArchivedAsync("before");
        string attack = $"""
            exec 2>/dev/null
            cd '{rig.Shore.Root}' || exit 1
            mkdir -p door
            n=0
            while :; do
                n=$((n+1))
                for name in a b n$n; do head -c 3000 /dev/urandom > door/$name; done
                head -c 3000 /dev/urandom > .new$n && mv .new$n file
                sleep 0.3
                for turn in 1 2 3 4 5 6 7 8 9; do
                    mv door aside 2>/dev/null && ln -s '{outside}' door 2>/dev/null
                    ln -s '{outside}/file' link$n; mv -T link$n file
                    [ -d processed ] && mv processed kept$n && ln -s '{outside}' processed && rm -f processed && mv kept$n processed
                    [ -L door ] && rm -f door; mv aside door 2>/dev/null
                done
                rm -f file; mkdir -p door
            done
            """;
        using (Process racer = Process.Start(new ProcessStartInfo("sh", ["-c", attack]) { UseShellExecute = false })!)
        {
            await Task.Delay(Patient.Race, TimeProvider.System, DeliveryRig.Token);
            racer.HasExited.ShouldBeFalse("he raced to the end");
            racer.Kill();
        }

        await rig.RetryAsync();
        rig.Put("last", 100);
        await rig.UntilAsync(() => rig.SentFor("last", "v1").Count == 1, "it goes on");
        await rig.StopAsync();

        // Nothing appears or goes while it is counted: the vessel's shell still ends the script that it runs.
        string[] files = [];
        string[] before;
        do
        {
            before = files;
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, DeliveryRig.Token);
            files = [.. rig.InboxOf("v1").Files];
        }
        while (!files.SequenceEqual(before, StringComparer.Ordinal));

        string forbidden = Convert.ToHexString(SHA256.HashData(secret));
        int wins = files.Count(file => rig.InboxOf("v1").Hash(file) == forbidden)
            + (Directory.GetFiles(outside).Length == 3 ? 0 : 1)
            + Directory.GetFiles(outside).Count(file => !File.ReadAllBytes(file).SequenceEqual(secret));
        int published = rig.Log.Lines.Count(line => line.StartsWith("Published", StringComparison.Ordinal));
        TestContext.Current.TestOutputHelper?.WriteLine($"{published} files published in {Patient.Race.TotalSeconds} s of racing: {wins} wins");
        wins.ShouldBe(0, string.Join('\n', Directory.GetFiles(outside)));
        published.ShouldBeGreaterThan(2, "the race was one");
    }
}
