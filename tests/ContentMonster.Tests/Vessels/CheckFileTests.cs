using System.Buffers.Binary;
using System.Text;
using ContentMonster.Configuration;
using ContentMonster.Daemon.Demo;
using ContentMonster.Ledger;
using ContentMonster.Model;
using ContentMonster.Sftp.Wire;
using ContentMonster.Tests.Servers;
using ContentMonster.Tests.Support;
using Dapper;
using Microsoft.Data.Sqlite;

namespace ContentMonster.Tests.Vessels;

/// <summary>On the whole way: SFTP servers without a shell that offer check-file.</summary>
public sealed class CheckFileTests
{
    private static readonly byte[] Asked = "check-file-handle"u8.ToArray();

    [Theory]
    [InlineData(VerifyPolicy.Readback, "sha256", "fails")]
    [InlineData(VerifyPolicy.Auto, "sha256", "fails")]
    [InlineData(VerifyPolicy.Readback, "sha256", "unsupported")]
    [InlineData(VerifyPolicy.Readback, "md5", "")]
    [InlineData(VerifyPolicy.Readback, "md5,sha1", "")]
    public async Task Where_check_file_fails_the_file_is_read_back(VerifyPolicy verify, string algorithms, string answer)
    {
        await using DeliveryRig rig = await DeliveryRig.WithAsync();
        int asked = 0;
        await using LyingSftpServer server = await AddAsync(rig, verify, algorithms, request =>
        {
            Interlocked.Increment(ref asked);
            return Status(request, answer == "fails" ? (byte)4 : (byte)8);
        });
        string hash = rig.Put("file", 300_000);
        await rig.StartAsync();
        await rig.UntilArchivedAsync("file");
        rig.InboxOf("v1").Hash("file").ShouldBe(hash);
        (asked > 0).ShouldBe(answer.Length > 0, "whether it was asked for");
        (await rig.TotalsOfAsync("v1")).UnverifiedFiles.ShouldBe(0);
        rig.Said("file steps back").ShouldBeFalse();
    }

    [Theory]
    [InlineData("another hash")]
    [InlineData("no packet at all")]
    public async Task Where_check_file_ends_each_connection_it_is_done_without_and_told(string answer)
    {
        await using DeliveryRig rig = await DeliveryRig.WithAsync();
        int asked = 0;
        await using LyingSftpServer server = await AddAsync(rig, VerifyPolicy.Auto, "sha256", request =>
        {
            Interlocked.Increment(ref asked);
            return answer == "another hash" ? [(byte)PacketType.ExtendedReply, .. request[1..5], .. Text("md5"), .. new byte[16]] : [];
        });
        string hash = rig.Put("file", 300_000);
        await rig.StartAsync();
        await rig.UntilArchivedAsync("file");
        rig.InboxOf("v1").Hash("file").ShouldBe(hash);
        asked.ShouldBe(3);
        (await rig.TotalsOfAsync("v1")).UnverifiedFiles.ShouldBe(0);
        rig.Said("files are read back instead").ShouldBeTrue();
        using var ledger = new SqliteConnection($"Data Source={rig.Ledger};Mode=ReadOnly;Pooling=False");
        ledger.ExecuteScalar<int>("select verified_by from delivery").ShouldBe((int)VerifiedBy.Readback);
    }

    [Fact]
    public async Task One_file_that_it_ends_connections_over_keeps_no_others_back()
    {
        await using DeliveryRig rig = await DeliveryRig.WithAsync();
        await using LyingSftpServer server = await AddAsync(rig, VerifyPolicy.Auto, "sha256", request => BinaryPrimitives.ReadInt64BigEndian(request.AsSpan(^12)) > 500_000 ? [] : Status(request, 4));
        rig.Put("big", 3_000_000);
        Array.ForEach([.. Enumerable.Range(0, 10)], number => rig.Put($"small{number}", 1_500));
        await rig.StartAsync();
        await rig.UntilPublishedAsync("v1", 11);
        rig.Said("files are read back instead").ShouldBeTrue();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Connections_that_are_cut_while_it_hashes_are_its_doing_only_if_it_answers_in_none(bool answersInBetween)
    {
        await using DeliveryRig rig = await DeliveryRig.WithAsync();
        int asked = 0;
        await using LyingSftpServer server = await AddAsync(rig, VerifyPolicy.Auto, "sha256", request =>
        {
            if (Interlocked.Increment(ref asked) % 2 == 1 || !answersInBetween)
            {
                rig.Server("v1").KillSessions();
            }

            return Status(request, 4);
        });
        await rig.StartAsync();
        for (int files = 1; files <= 4; files++)
        {
            rig.Put($"file{files}", 300_000);
            await rig.UntilPublishedAsync("v1", files);
        }

        rig.Said("files are read back instead").ShouldBe(!answersInBetween);
        asked.ShouldBe(answersInBetween ? 8 : 3);
    }

    [Fact]
    public async Task One_that_does_not_hash_with_sha256_leaves_files_unverified()
    {
        await using DeliveryRig rig = await DeliveryRig.WithAsync();
        await using LyingSftpServer server = await AddAsync(rig, VerifyPolicy.Auto, "md5", request => Status(request, 4));
        rig.Put("file", 300_000);
        await rig.StartAsync();
        await rig.UntilArchivedAsync("file");
        (await rig.TotalsOfAsync("v1")).UnverifiedFiles.ShouldBe(1);
    }

    private static async Task<LyingSftpServer> AddAsync(DeliveryRig rig, VerifyPolicy verify, string algorithms, Func<byte[], byte[]> answer)
    {
        Directory.CreateDirectory(rig.HomeOf("v1"));
        var server = new LyingSftpServer(
            rig.HomeOf("v1"),
            request => request[0] == (byte)PacketType.Extended && request.AsSpan(9).StartsWith(Asked) ? (null, answer(request)) : (request, null),
            reply => LyingSftpServer.Framed(reply[0] == (byte)PacketType.Version ? [.. reply, .. Text("check-file-handle"), .. Text(algorithms)] : reply));
        string script = $"case \"$SSH_ORIGINAL_COMMAND\" in *nc*) exec {server.Command};; *) exit 1;; esac";
        await rig.AddVesselAsync("v1", new ThrowawaySshdOptions { SftpProgram = server.Command, ConfigLines = [$"ForceCommand {script}"] });
        rig.Change("v1", vessel => vessel with { Verify = verify });
        return server;
    }

    private static byte[] Status(byte[] request, byte code) => [(byte)PacketType.Status, .. request[1..5], 0, 0, 0, code, .. Text(""), .. Text("")];

    private static byte[] Text(string text) => [0, 0, 0, (byte)text.Length, .. Encoding.ASCII.GetBytes(text)];
}
