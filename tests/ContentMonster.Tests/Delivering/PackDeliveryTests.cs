using ContentMonster.Daemon.Demo;
using ContentMonster.Model;
using ContentMonster.Tests.Servers;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Delivering;

/// <summary>Many small files at once, which travel as archives, to real servers.</summary>
public sealed class PackDeliveryTests
{
    private const int Many = 700;
    private const long LessThanAPack = 200_000;

    [Fact]
    public async Task Hundreds_of_small_files_travel_packed_and_arrive_bit_for_bit_with_time_and_mode()
    {
        await using DeliveryRig rig = await DeliveryRig.WithAsync("v1", "v2");
        Dictionary<string, string> hashes = Put(rig, Many);
        hashes["empty"] = rig.Put("empty", 0);
        hashes["sub dir/one"] = rig.Put("sub dir/one", 100);
        await rig.StartAsync();
        await rig.UntilArchivedAsync([.. hashes.Keys]);
        foreach (string vessel in new[] { "v1", "v2" })
        {
            await rig.UntilSaidAsync("sent as one archive", vessel);
            Arrived(rig, vessel, hashes);
            FileStamp stamp = rig.InboxOf(vessel).Look("f5")!.Value.Stamp;
            stamp.Mode.ShouldBe(0x1A0);
            (stamp.ModifiedUnixNanoseconds / 1_000_000_000).ShouldBe(1_000_000_000);
        }
    }

    [Fact]
    public async Task What_stands_there_already_is_taken_over_and_what_differs_is_replaced()
    {
        await using DeliveryRig rig = await DeliveryRig.WithAsync("v1");
        Dictionary<string, string> hashes = Put(rig, 50);
        string inbox = Directory.CreateDirectory(Path.Combine(rig.HomeOf("v1"), DeliveryRig.Inbox)).FullName;
        File.Copy(Path.Combine(rig.LocationOf(DeliveryRig.In), "f1"), Path.Combine(inbox, "f1"));
        File.WriteAllText(Path.Combine(inbox, "f2"), "older");
        await rig.StartAsync();
        await rig.UntilArchivedAsync([.. hashes.Keys]);
        Arrived(rig, "v1", hashes);
    }

    [Fact]
    public async Task A_file_that_is_there_already_keeps_the_archives_of_other_directories_going()
    {
        await using DeliveryRig rig = await DeliveryRig.WithAsync("v1");
        string[] names = [.. Enumerable.Range(0, 20).SelectMany(number => new[] { $"known/f{number}", $"new/f{number}" })];
        Dictionary<string, string> hashes = names.ToDictionary(name => name, name => rig.Put(name, 3_000), StringComparer.Ordinal);
        string known = Directory.CreateDirectory(Path.Combine(rig.HomeOf("v1"), DeliveryRig.Inbox, "known")).FullName;
        File.Copy(Path.Combine(rig.LocationOf(DeliveryRig.In), "known/f1"), Path.Combine(known, "f1"));
        await rig.StartAsync();
        await rig.UntilArchivedAsync(names);
        Arrived(rig, "v1", hashes);
        await rig.UntilSaidAsync("Published 20 files of in on v1, sent as one archive");
    }

    [Fact]
    public async Task One_destination_that_is_refused_holds_up_no_other_file_of_its_pack()
    {
        await using DeliveryRig rig = await DeliveryRig.WithAsync("v1");
        Dictionary<string, string> hashes = Put(rig, 50);
        Directory.CreateDirectory(Path.Combine(rig.HomeOf("v1"), DeliveryRig.Inbox, "f7"));
        await rig.StartAsync();
        await rig.UntilPublishedAsync("v1", 49);
        await rig.UntilSaidAsync("f7", "steps back");
        hashes.Remove("f7").ShouldBeTrue();
        await rig.UntilAsync(() => !rig.InboxOf("v1").Files.Any(file => file.EndsWith(".part", StringComparison.Ordinal)), "the archive is swept up");
        Arrived(rig, "v1", hashes);
        rig.Shore.Has("f7").ShouldBeTrue();
    }

    [Fact]
    public async Task Where_nothing_can_be_unpacked_each_goes_alone()
    {
        await using DeliveryRig rig = await DeliveryRig.WithAsync();
        string home = Directory.CreateDirectory(rig.HomeOf("v1")).FullName;
        string bin = Directory.CreateDirectory(Path.Combine(rig.Scratch, "bin")).FullName;
        File.WriteAllText(Path.Combine(bin, "tar"), "#!/bin/sh\nexit 127\n");
        Posix.Run("chmod", "755", Path.Combine(bin, "tar"));
        await rig.AddVesselAsync("v1", new ThrowawaySshdOptions
        {
            ConfigLines = [$"ForceCommand cd '{home}' && HOME='{home}' PATH='{bin}':\"$PATH\" exec sh -c \"$SSH_ORIGINAL_COMMAND\""],
        });
        Dictionary<string, string> hashes = Put(rig, 30);
        await rig.StartAsync();
        await rig.UntilArchivedAsync([.. hashes.Keys]);
        rig.Said("sent as one archive").ShouldBeFalse();
        await rig.UntilAsync(() => rig.InboxOf("v1").Files.Count == hashes.Count, "the archive that could not be unpacked is swept up");
        Arrived(rig, "v1", hashes);
    }

    [Fact]
    public async Task A_connection_that_ends_in_the_middle_of_packs_leaves_nothing_half_and_nothing_behind()
    {
        await using DeliveryRig rig = await DeliveryRig.WithAsync("v1");
        await using var proxy = new CountingProxy(rig.Server("v1").Port);
        rig.Change("v1", vessel => vessel with { Port = proxy.Port, BandwidthLimit = 1 << 20 });
        Dictionary<string, string> hashes = Put(rig, Many);
        await rig.StartAsync();
        await rig.UntilAsync(() => proxy.Sent > 600_000, "packs are under way");
        proxy.Cut();
        rig.InboxOf("v1").Files.Where(file => hashes.ContainsKey(file)).ShouldAllBe(file => rig.InboxOf("v1").Hash(file) == hashes[file]);
        await rig.UntilArchivedAsync([.. hashes.Keys]);
        await rig.UntilAsync(() => rig.InboxOf("v1").Files.Count == Many, "what the broken connection left is swept up");
        Arrived(rig, "v1", hashes);
    }

    [Fact]
    public async Task A_link_that_breaks_more_often_than_a_pack_takes_carries_all_of_them_all_the_same()
    {
        await using DeliveryRig rig = await DeliveryRig.WithAsync("v1");
        await using var proxy = new CountingProxy(rig.Server("v1").Port);
        rig.Change("v1", vessel => vessel with { Port = proxy.Port, BandwidthLimit = 1 << 20 });
        Dictionary<string, string> hashes = Put(rig, 300);
        await rig.StartAsync();
        int armed = -1;
        await rig.UntilAsync(
            () =>
            {
                if (armed != proxy.Cuts)
                {
                    armed = proxy.Cuts;
                    proxy.CutAfter(LessThanAPack);
                }

                return rig.Shore.Files.SequenceEqual(hashes.Keys.Select(name => "processed/" + name).Order(StringComparer.Ordinal), StringComparer.Ordinal);
            },
            "all is archived");
        proxy.Cuts.ShouldBeGreaterThan(2);
        Arrived(rig, "v1", hashes);
    }

    /// <summary>As over a satellite: the script that unpacks is on its way before the archive's end is there. Unbroken, and with all connections cut when it comes.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Over_a_very_long_way_the_vessel_waits_for_the_end_of_an_archive(bool cut)
    {
        await using DeliveryRig rig = await DeliveryRig.WithAsync();
        string home = Directory.CreateDirectory(rig.HomeOf("v1")).FullName;
        string heard = Path.Combine(rig.Scratch, "heard");
        await rig.AddVesselAsync("v1", new ThrowawaySshdOptions
        {
            ConfigLines = [$"ForceCommand cd '{home}'; case $SSH_ORIGINAL_COMMAND in *sftp*) exec sh -c \"$SSH_ORIGINAL_COMMAND\" ;; esac; tee -a '{heard}' | HOME='{home}' sh -c \"$SSH_ORIGINAL_COMMAND\""],
        });
        await using var proxy = new CountingProxy(rig.Server("v1").Port);
        proxy.Lengthen(TimeSpan.FromMilliseconds(160));

        // The kernel's round trips are those to the proxy; through a command of ssh's own they are not seen, and those of SFTP count.
        // The archive takes some seconds, so that on a busy machine, too, the looks that come before the question are over before it is.
        rig.Change("v1", vessel => vessel with { SshOptions = [$"ProxyCommand=busybox nc 127.0.0.1 {proxy.Port}"], BandwidthLimit = 128 << 10 });
        Dictionary<string, string> hashes = Put(rig, 300);
        await rig.StartAsync();
        await rig.UntilAsync(() => File.Exists(heard) && File.ReadAllText(heard).Contains("until [ \"$(wc -c <", StringComparison.Ordinal), "a script came that waits");
        if (cut)
        {
            proxy.Cut();
        }

        await rig.UntilArchivedAsync([.. hashes.Keys]);
        await rig.UntilAsync(() => rig.InboxOf("v1").Files.Count == hashes.Count, "nothing is left behind");
        Arrived(rig, "v1", hashes);
    }

    private static Dictionary<string, string> Put(DeliveryRig rig, int files) => Enumerable.Range(0, files).ToDictionary(
        number => $"f{number}",
        number => rig.Put($"f{number}", System.Security.Cryptography.RandomNumberGenerator.GetBytes(2_000 + (number % 50)), prepare: file =>
        {
            Posix.Run("chmod", "640", file);
            File.SetLastWriteTimeUtc(file, DateTimeOffset.FromUnixTimeSeconds(1_000_000_000).UtcDateTime);
        }),
        StringComparer.Ordinal);

    private static void Arrived(DeliveryRig rig, string vessel, Dictionary<string, string> hashes)
    {
        rig.InboxOf(vessel).Files.ShouldBe(hashes.Keys.Order(StringComparer.Ordinal));
        foreach ((string name, string hash) in hashes)
        {
            rig.InboxOf(vessel).Hash(name).ShouldBe(hash);
        }
    }
}
