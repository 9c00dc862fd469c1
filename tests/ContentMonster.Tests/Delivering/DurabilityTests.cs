using System.Security.Cryptography;
using ContentMonster.Daemon.Demo;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Delivering;

/// <summary>What OpenSSH's sftp-server logs of the order in which a file is made durable.</summary>
public sealed class DurabilityTests
{
    private static readonly string[] ServerPlaces = ["/usr/lib/openssh/sftp-server", "/usr/libexec/openssh/sftp-server", "/usr/lib/ssh/sftp-server", "/usr/libexec/sftp-server"];

    [Fact]
    public async Task The_file_is_synced_before_the_rename_and_its_directory_after_it()
    {
        await using DeliveryRig rig = await RigAsync();
        rig.Put("file", 2_500_000);
        await rig.StartAsync();
        await rig.UntilArchivedAsync("file");
        string[] log = Log(rig);
        int file = Array.FindIndex(log, line => line.StartsWith("fsync \"inbox/.file.", StringComparison.Ordinal));
        int rename = Array.FindIndex(log, line => line.StartsWith("posix-rename old \"inbox/.file.", StringComparison.Ordinal));
        int directory = Array.FindLastIndex(log, line => line == "fsync \"inbox\"");
        file.ShouldBeInRange(0, rename, string.Join('\n', log));
        rename.ShouldBeInRange(0, directory, string.Join('\n', log));
    }

    [Fact]
    public async Task A_file_that_stands_there_already_is_synced_with_its_directory_before_it_is_booked()
    {
        await using DeliveryRig rig = await RigAsync();
        byte[] content = RandomNumberGenerator.GetBytes(10_000);
        Directory.CreateDirectory(rig.InboxOf("v1").Root);
        await File.WriteAllBytesAsync(Path.Combine(rig.InboxOf("v1").Root, "file"), content, DeliveryRig.Token);
        rig.Put("file", content);
        await rig.StartAsync();
        await rig.UntilArchivedAsync("file");
        rig.Said("in/file on v1", " 0 sent").ShouldBeTrue();
        string[] log = Log(rig);
        log.Contains("fsync \"inbox/file\"", StringComparer.Ordinal).ShouldBeTrue(string.Join('\n', log));
        log.Contains("fsync \"inbox\"", StringComparer.Ordinal).ShouldBeTrue(string.Join('\n', log));
    }

    [Fact]
    public async Task Directories_that_were_made_on_the_way_are_made_durable_from_the_one_that_was_there()
    {
        await using DeliveryRig rig = await RigAsync();
        rig.Put("a/b/file", 2_500_000);
        await rig.StartAsync();
        await rig.UntilArchivedAsync("a/b/file");
        string[] log = Log(rig);
        foreach ((string made, string above) in new[] { ("inbox", "."), ("inbox/a", "inbox"), ("inbox/a/b", "inbox/a") })
        {
            int making = Array.FindLastIndex(log, line => line.StartsWith($"mkdir name \"{made}\"", StringComparison.Ordinal));
            making.ShouldBeGreaterThanOrEqualTo(0, made + "\n" + string.Join('\n', log));
            Array.FindLastIndex(log, line => line == $"fsync \"{above}\"").ShouldBeGreaterThan(making, above + "\n" + string.Join('\n', log));
        }
    }

    private static string[] Log(DeliveryRig rig) => [.. File.ReadAllLines(Path.Combine(rig.Scratch, "sftp.log")).Select(line => line.TrimEnd('\r'))];

    private static async Task<DeliveryRig> RigAsync()
    {
        string? server = Array.Find(ServerPlaces, File.Exists);
        Assert.SkipWhen(server is null, "OpenSSH's sftp-server is not at a usual place.");
        DeliveryRig rig = await DeliveryRig.WithAsync();
        string script = Path.Combine(rig.Scratch, "sftp");
        await File.WriteAllTextAsync(script, $"exec {server} -e -l VERBOSE 2>>'{rig.Scratch}/sftp.log'\n", DeliveryRig.Token);
        await rig.AddVesselAsync("v1", new ThrowawaySshdOptions { SftpProgram = $"/bin/sh {script}" });
        return rig;
    }
}
