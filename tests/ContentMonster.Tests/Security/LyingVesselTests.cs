using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Text;
using ContentMonster.Daemon.Demo;
using ContentMonster.Model;
using ContentMonster.Sftp.Wire;
using ContentMonster.Tests.Fuzzing;
using ContentMonster.Tests.Servers;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Security;

/// <summary>On the whole way: a vessel whose server lies or talks rubbish never counts as served, and the one beside it never notices.</summary>
public sealed class LyingVesselTests
{
    private const int Size = 300_000;

    [Fact]
    public async Task Writes_that_are_acknowledged_and_not_made_are_never_taken_for_a_delivery() => await NeverDeliveredAsync(
        FailureKind.DataCorrupt,
        request => request[0] == (byte)PacketType.Write ? (null, [(byte)PacketType.Status, .. request[1..5], 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]) : (request, null),
        LyingSftpServer.Framed);

    [Fact]
    public async Task Bytes_that_are_changed_on_their_way_to_the_disk_are_never_taken_for_a_delivery() => await NeverDeliveredAsync(
        FailureKind.DataCorrupt,
        request => (request[0] == (byte)PacketType.Write && request.Length > 10_000 ? [.. request[..^1], (byte)(request[^1] ^ 1)] : request, null),
        LyingSftpServer.Framed);

    [Fact]
    public async Task A_size_that_is_not_true_is_never_taken_for_a_delivery() => await NeverDeliveredAsync(
        null,
        request => (request, null),
        reply => LyingSftpServer.Framed(OfSize(reply) is Size ? [.. reply[..9], .. Number(Size + 1), .. reply[17..]] : reply));

    [Fact]
    public async Task Rubbish_in_mid_transfer_is_that_vessels_fault_alone()
    {
        int replies = 0;
        await NeverDeliveredAsync(FailureKind.Hostile, request => (request, null), reply => Interlocked.Increment(ref replies) % 4 == 3
            ? new Random(replies).Bytes(64)
            : LyingSftpServer.Framed(reply));
    }

    // The kernel may have dropped what it could not write, and the next fsync would say that all is well: nothing of that part counts any more.
    [Fact]
    public async Task A_file_whose_fsync_fails_is_not_published_and_the_next_attempt_begins_on_a_new_part()
    {
        await using DeliveryRig rig = await DeliveryRig.WithAsync();
        Directory.CreateDirectory(rig.HomeOf("v1"));
        var parts = new ConcurrentQueue<string>();
        bool fails = true;
        byte[] sync = "fsync@openssh.com"u8.ToArray();
        await using var liar = new LyingSftpServer(
            rig.HomeOf("v1"),
            request =>
            {
                if (request[0] == (byte)PacketType.Open && PartOf(request) is { } part)
                {
                    parts.Enqueue(part);
                }

                return fails && request[0] == (byte)PacketType.Extended && request.AsSpan(9).StartsWith(sync)
                    ? (null, [(byte)PacketType.Status, .. request[1..5], 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0])
                    : (request, null);
            },
            LyingSftpServer.Framed);
        await rig.AddVesselAsync("v1", new ThrowawaySshdOptions { SftpProgram = liar.Command });
        string hash = rig.Put("file", Size);
        await rig.StartAsync();
        await rig.UntilSaidAsync("file steps back on v1", "fsync");
        rig.InboxOf("v1").Has("file").ShouldBeFalse("it may not be on the disk");
        rig.Shore.Has("file").ShouldBeTrue();

        string[] before = [.. parts.Distinct(StringComparer.Ordinal)];
        before.ShouldNotBeEmpty();
        await rig.StopAsync();
        parts.Clear();
        fails = false;
        await rig.StartAsync();
        await rig.RetryAsync();
        await rig.UntilArchivedAsync("file");
        rig.InboxOf("v1").Hash("file").ShouldBe(hash);
        parts.ShouldNotBeEmpty();
        parts.ShouldAllBe(part => !before.Contains(part, StringComparer.Ordinal));
        await rig.UntilAsync(() => rig.InboxOf("v1").Files.SequenceEqual(["file"], StringComparer.Ordinal), "what is left of the first attempt is removed");
    }

    [Fact]
    public async Task A_vessel_that_does_not_tell_upper_from_lower_case_is_told_once()
    {
        await using DeliveryRig rig = await DeliveryRig.WithAsync();
        Directory.CreateDirectory(rig.HomeOf("v1"));
        await using var folding = new LyingSftpServer(rig.HomeOf("v1"), request => (LyingSftpServer.Folded(request), null), LyingSftpServer.Framed);
        await rig.AddVesselAsync("v1", new ThrowawaySshdOptions { SftpProgram = folding.Command });
        rig.Put("one", 1_000);
        await rig.StartAsync();
        await rig.UntilArchivedAsync("one");
        await rig.UntilSaidAsync("on v1 does not tell upper from lower case");
        rig.Server("v1").KillSessions();
        rig.Put("two", 1_000);
        await rig.UntilArchivedAsync("one", "two");
        await rig.UntilAsync(() => rig.Log.Lines.Count(line => line.StartsWith("Connected to v1", StringComparison.Ordinal)) == 2, "it was connected anew");
        rig.Log.Lines.Count(line => line.Contains("does not tell upper from lower case", StringComparison.Ordinal)).ShouldBe(1);
    }

    // Of the file's unfinished one; null: another name.
    private static string? PartOf(byte[] open)
    {
        string path = Encoding.UTF8.GetString(open.AsSpan(9, BinaryPrimitives.ReadInt32BigEndian(open.AsSpan(5))));
        return path.Contains("/.file.", StringComparison.Ordinal) && path.EndsWith(".part", StringComparison.Ordinal) ? path : null;
    }

    private static async Task NeverDeliveredAsync(FailureKind? kind, Func<byte[], (byte[]? On, byte[]? Back)> asked, Func<byte[], byte[]> answered)
    {
        await using DeliveryRig rig = await DeliveryRig.WithAsync("honest");
        Directory.CreateDirectory(rig.HomeOf("liar"));
        bool lies = false;
        await using var liar = new LyingSftpServer(rig.HomeOf("liar"), request => lies ? asked(request) : (request, null), reply => lies ? answered(reply) : LyingSftpServer.Framed(reply));
        await rig.AddVesselAsync("liar", new ThrowawaySshdOptions { SftpProgram = liar.Command });
        rig.Settings = rig.Settings with { ChunkSizeInBytes = 128 << 10 };
        rig.Put("before", 1_000);
        await rig.StartAsync();
        await rig.UntilArchivedAsync("before");
        liar.Sessions.ShouldBeGreaterThan(0, "its sessions do lead through the liar");

        lies = true;
        string hash = rig.Put("file", Size);
        await rig.UntilAsync(() => rig.InboxOf("honest").Has("file"), "the honest vessel has it");
        rig.InboxOf("honest").Hash("file").ShouldBe(hash);
        await rig.UntilAsync(() => rig.Said("liar", kind is FailureKind.DataCorrupt ? "does not keep what it acknowledges" : "Could not"), "it is told");
        if (kind == FailureKind.Hostile)
        {
            // Of several lanes that end at once, the one that was heard last shows.
            rig.Shown("liar").ErrorKind.ShouldBeOneOf(FailureKind.Hostile, FailureKind.NotSftp, FailureKind.ConnectionLost, FailureKind.Stalled);
        }

        rig.Shore.Has("file").ShouldBeTrue("the source stays");
        rig.InboxOf("liar").Has("file").ShouldBeFalse("nothing wrong stands under its name");
        (await rig.TotalsOfAsync("liar")).PublishedFiles.ShouldBe(1);

        // Honest again: nothing of the lies is left in the way.
        lies = false;
        await rig.Engine.RetryAsync("liar", DeliveryRig.Token);
        await rig.UntilArchivedAsync("before", "file");
        rig.InboxOf("liar").Hash("file").ShouldBe(hash);
    }

    private static long? OfSize(byte[] reply) =>
        reply[0] == (byte)PacketType.Attributes && (reply[8] & 1) != 0 ? BinaryPrimitives.ReadInt64BigEndian(reply.AsSpan(9)) : null;

    private static byte[] Number(long value)
    {
        byte[] field = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(field, value);
        return field;
    }
}
