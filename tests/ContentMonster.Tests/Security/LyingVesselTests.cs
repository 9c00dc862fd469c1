using System.Buffers.Binary;
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
