using System.Security.Cryptography;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Faults;

/// <summary>What programs on the shore do to files that are watched, on their way, and waiting for a vessel that is away.</summary>
public sealed class ShoreWriterTests
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    // Side by side: most of it is waiting.
    [Fact]
    public Task A_writer_that_appends_and_appends_is_sent_once_and_whole_at_the_end() =>
        Task.WhenAll(AppendAsync(keepsOpen: true), AppendAsync(keepsOpen: false));

    [Theory]
    [InlineData("touch", 0)]
    [InlineData("chmod", 0)]
    [InlineData("hard link", 0)]
    [InlineData("same size, time put back", 2_500_000)]
    [InlineData("cut and rewritten", 2_500_000)]
    [InlineData("replaced by rename", 2_500_000)]
    [InlineData("mapped and written", 2_500_000)]
    public async Task What_happens_to_a_file_that_one_vessel_has_and_one_has_not(string change, long sentAgain)
    {
        await using DeliveryRig rig = await DeliveryRig.WithAsync("v1", "v2");
        await rig.Server("v2").StopAsync();
        rig.Put("file", 2_500_000);
        await rig.StartAsync();
        await rig.UntilPublishedAsync("v1", 1);
        await Change(rig, change);
        string hash = rig.Shore.Hash("file");
        int mode = rig.Shore.Look("file")!.Value.Stamp.Mode;
        await rig.UntilPublishedAsync("v1", 2);
        await rig.Server("v2").RestartAsync(DeliveryRig.Token);
        await rig.RetryAsync();
        string[] all = change == "hard link" ? ["file", "other name"] : ["file"];
        await rig.UntilArchivedAsync(all);
        foreach (string vessel in new[] { "v1", "v2" })
        {
            rig.InboxOf(vessel).Files.ShouldBe(all);
            all.ShouldAllBe(name => rig.InboxOf(vessel).Hash(name) == hash, vessel);
            rig.InboxOf(vessel).Look("file")!.Value.Stamp.Mode.ShouldBe(mode);
        }

        rig.Shore.Hash("processed/file").ShouldBe(hash);
        rig.SentFor("file", "v1")[^1].ShouldBe(change == "hard link" ? rig.SentFor("file", "v1")[^1] : sentAgain);
        rig.SentFor("file", "v1").Sum().ShouldBe(2_500_000 + sentAgain);
    }

    private static async Task AppendAsync(bool keepsOpen)
    {
        await using DeliveryRig rig = await DeliveryRig.WithAsync("v1");
        rig.ChangeDirectory(directory => directory with { SettleTime = TimeSpan.FromSeconds(keepsOpen ? 0.05 : 2) });
        await rig.StartAsync();
        string path = Path.Combine(rig.Shore.Root, "log");
        long start = TimeProvider.System.GetTimestamp();
        FileStream? writer = null;
        for (int line = 0; TimeProvider.System.GetElapsedTime(start) < Patient.Writing; line++)
        {
            writer ??= new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
            await writer.WriteAsync(RandomNumberGenerator.GetBytes(1000), DeliveryRig.Token);
            await writer.FlushAsync(DeliveryRig.Token);
            if (!keepsOpen)
            {
                await writer.DisposeAsync();
                writer = null;
            }

            await Task.Delay(Pause, TimeProvider.System, DeliveryRig.Token);
        }

        rig.InboxOf("v1").Files.ShouldBeEmpty();
        await (writer?.DisposeAsync() ?? ValueTask.CompletedTask);
        string hash = rig.Shore.Hash("log");
        await rig.UntilArchivedAsync("log");
        rig.InboxOf("v1").Hash("log").ShouldBe(hash);
        await rig.UntilAsync(async () => (await rig.HistoryAsync()).Count >= 2, "it is in the history");
        (await rig.HistoryAsync()).Select(entry => entry.Event).ShouldBe(["archived", "published"], ignoreOrder: true);
    }

    private static async Task Change(DeliveryRig rig, string change)
    {
        string file = Path.Combine(rig.Shore.Root, "file");
        DateTime before = File.GetLastWriteTimeUtc(file);
        switch (change)
        {
            case "touch":
                File.SetLastWriteTimeUtc(file, new DateTime(2020, 1, 2, 3, 4, 5, DateTimeKind.Utc));
                break;
            case "chmod":
                Posix.Run("chmod", "640", file);
                break;
            case "hard link":
                Posix.Run("ln", file, Path.Combine(rig.Shore.Root, "other name"));
                break;
            case "same size, time put back":
                await File.WriteAllBytesAsync(file, RandomNumberGenerator.GetBytes(2_500_000), DeliveryRig.Token);
                File.SetLastWriteTimeUtc(file, before);
                break;
            case "cut and rewritten":
                await using (var stream = new FileStream(file, FileMode.Open))
                {
                    stream.SetLength(0);
                    await stream.WriteAsync(RandomNumberGenerator.GetBytes(2_500_000), DeliveryRig.Token);
                }

                break;
            case "mapped and written":
                using (var mapped = System.IO.MemoryMappedFiles.MemoryMappedFile.CreateFromFile(file))
                using (var view = mapped.CreateViewAccessor())
                {
                    for (int at = 0; at < 2_500_000; at += 1000)
                    {
                        view.Write(at, (byte)(view.ReadByte(at) + 1));
                    }
                }

                break;
            default:
                rig.Put("file", 2_500_000);
                break;
        }
    }
}
