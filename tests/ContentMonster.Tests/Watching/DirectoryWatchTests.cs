using System.Net.Sockets;
using System.Text;
using ContentMonster.Configuration;
using ContentMonster.Model;
using ContentMonster.Shore;
using ContentMonster.Tests.Support;
using ContentMonster.Watching;

namespace ContentMonster.Tests.Watching;

public sealed class DirectoryWatchTests
{
    [Fact]
    public async Task What_lies_there_at_start_and_what_comes_later_is_recorded()
    {
        await using var rig = new WatchRig();
        File.WriteAllText(rig["before"], "1");
        await rig.StartAsync();
        File.WriteAllText(rig["empty"], "");
        File.WriteAllText(rig[".dot"], "2");
        await rig.UntilLiveAsync(".dot", "before", "empty");
        await WatchRig.UntilAsync(() => rig.Rings > 0);
        rig.Watch.Snapshot().State.ShouldBe("watching");
    }

    [Fact]
    public async Task A_thousand_files_at_once_are_a_thousand_recorded_in_batches()
    {
        await using WatchRig rig = await new WatchRig().StartAsync();
        for (int i = 0; i < 1000; i++)
        {
            File.WriteAllText(rig[$"file-{i}"], "x");
        }

        await rig.Ledger.UntilAsync(() => rig.Ledger.Count == 1000);
        rig.Ledger.LargestBatch.ShouldBeLessThanOrEqualTo(1000);
    }

    [Fact]
    public async Task Names_of_any_bytes_are_recorded_bytewise()
    {
        await using WatchRig rig = await new WatchRig().StartAsync();
        BytePath[] names =
        [
            .. new[] { " two  spaces ", "quo'te\"", "new\nline", "-rf", new string('n', 255), "ümläut😀", "*", "\\" }.Select(BytePath.FromText),
            new BytePath([0xff, 0xfe, 0x80, (byte)'x']),
        ];
        foreach (BytePath name in names)
        {
            Posix.WriteFile(rig.Here, name, "content"u8);
        }

        await rig.Ledger.UntilAsync(() => names.All(rig.Ledger.Has));
        (await rig.QuietAsync()).ShouldBeEmpty();
        rig.Ledger.Count.ShouldBe(names.Length);
    }

    [Fact]
    public async Task With_a_settle_time_of_zero_a_closed_file_is_recorded_at_once()
    {
        await using WatchRig rig = await new WatchRig { SettleTime = TimeSpan.Zero }.StartAsync();
        File.WriteAllText(rig["file"], "x");
        await rig.UntilLiveAsync("file");
        Posix.Run("ln", rig["file"], rig["second"]);
        await rig.UntilLiveAsync("file", "second");
    }

    [Fact]
    public async Task New_directories_are_entered_with_all_that_is_in_them_already()
    {
        await using WatchRig rig = await new WatchRig().StartAsync();
        for (int i = 0; i < 50; i++)
        {
            Directory.CreateDirectory(rig[$"{i}/a/b"]);
            File.WriteAllText(rig[$"{i}/a/b/file"], "x");
        }

        Directory.CreateDirectory(rig.Outside + "/tree/below");
        File.WriteAllText(rig.Outside + "/tree/below/file", "x");
        Directory.Move(rig.Outside + "/tree", rig["tree"]);
        await rig.Ledger.UntilAsync(() => rig.Ledger.Count == 51);
        File.WriteAllText(rig["tree/below/later"], "x");
        File.WriteAllText(rig["7/a/b/later"], "x");
        await rig.Ledger.UntilAsync(() => rig.Ledger.Count == 53);
    }

    [Fact]
    public async Task A_renamed_directory_takes_its_files_along_and_one_moved_out_takes_them_away()
    {
        await using var rig = new WatchRig();
        Directory.CreateDirectory(rig["old/below"]);
        File.WriteAllText(rig["old/below/file"], "x");
        await rig.StartAsync();
        await rig.UntilLiveAsync("old/below/file");
        Directory.Move(rig["old"], rig["new"]);
        await rig.UntilLiveAsync("new/below/file");
        File.WriteAllText(rig["new/below/later"], "x");
        await rig.UntilLiveAsync("new/below/file", "new/below/later");
        Directory.Move(rig["new"], rig.Outside + "/away");
        await rig.UntilLiveAsync();
        File.WriteAllText(rig.Outside + "/away/below/unwatched", "x");
        File.WriteAllText(rig["last"], "x");
        await rig.UntilLiveAsync("last");
    }

    [Fact]
    public async Task Without_recursion_only_the_directory_itself_counts()
    {
        await using WatchRig rig = await new WatchRig { Recursive = false }.StartAsync();
        Directory.CreateDirectory(rig["below"]);
        File.WriteAllText(rig["below/file"], "x");
        File.WriteAllText(rig["file"], "x");
        await rig.UntilLiveAsync("file");
        (await rig.QuietAsync()).ShouldBeEmpty();
        rig.Ledger.Live.ShouldBe(["file"]);
    }

    [Fact]
    public async Task A_temporary_name_that_is_renamed_over_the_old_file_is_a_new_version_of_it()
    {
        await using WatchRig rig = await new WatchRig().StartAsync();
        File.WriteAllText(rig["file"], "one");
        await rig.UntilLiveAsync("file");
        File.WriteAllText(rig["file.tmp"], "two, longer");
        Directory.Move(rig["file.tmp"], rig["aside"]);
        Posix.Run("mv", rig["aside"], rig["file"]);
        await rig.Ledger.UntilAsync(() => rig.Ledger.StampOf("file")?.SizeInBytes == 11);
        await rig.UntilLiveAsync("file");
    }

    [Fact]
    public async Task A_deleted_file_is_withdrawn_also_when_nobody_watched()
    {
        await using var rig = new WatchRig();
        await rig.Ledger.RecordAsync("d", [new(BytePath.FromText("gone"), default), new(BytePath.FromText("gone/too"), default)], 1, CancellationToken.None);
        File.WriteAllText(rig["file"], "x");
        await rig.StartAsync();
        await rig.UntilLiveAsync("file");
        File.Delete(rig["file"]);
        await rig.UntilLiveAsync();
    }

    [Fact]
    public async Task A_file_that_is_closed_and_opened_again_faster_than_it_can_settle_is_not_waited_for()
    {
        await using WatchRig rig = await new WatchRig { SettleTime = TimeSpan.FromSeconds(5), Limits = new() { LongestSettling = TimeSpan.FromSeconds(2) } }.StartAsync();
        using var done = new CancellationTokenSource();
        Task writing = Task.Run(
            async () =>
            {
                while (!done.IsCancellationRequested)
                {
                    await File.AppendAllTextAsync(rig["log"], "line\n", CancellationToken.None);
                    await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, CancellationToken.None);
                }
            },
            CancellationToken.None);
        await Eventually.BeTrueAsync(() => rig.Watch.Snapshot().SettlingFiles == 1, "it is seen");
        await Eventually.BeTrueAsync(() => rig.Watch.Snapshot().BeingWritten is ["log"], "it is shown");
        (await rig.QuietAsync()).Select(path => path.ToString()).ShouldBe(["log"]);
        rig.Log.Lines.Count(line => line.StartsWith("Not sent yet: log", StringComparison.Ordinal)).ShouldBe(1);
        await done.CancelAsync();
        await writing;
        await rig.UntilLiveAsync("log");
        rig.Ledger.VersionsOf("log").ShouldBe(1);
        await Eventually.BeTrueAsync(() => rig.Watch.Snapshot().BeingWritten.Count == 0, "it is shown no more");
    }

    [Fact]
    public async Task A_file_that_is_open_for_writing_waits_and_is_told()
    {
        await using WatchRig rig = await new WatchRig().StartAsync();
        await using (var writer = new FileStream(rig["slow"], FileMode.Create, FileAccess.Write, FileShare.ReadWrite))
        {
            writer.Write("half"u8);
            await writer.FlushAsync(TestContext.Current.CancellationToken);
            File.WriteAllText(rig["other"], "x");
            await rig.UntilLiveAsync("other");
            (await rig.QuietAsync()).Select(path => path.ToString()).ShouldBe(["slow"]);
            rig.Watch.Snapshot().SettlingFiles.ShouldBe(1);
            rig.Log.Lines.ShouldContain(line => line.StartsWith("Not sent yet: slow"));
            writer.Write(" whole"u8);
        }

        await rig.Ledger.UntilAsync(() => rig.Ledger.StampOf("slow")?.SizeInBytes == 10);
        rig.Ledger.VersionsOf("slow").ShouldBe(1);
    }

    [Fact]
    public async Task A_file_that_is_closed_and_changed_again_while_settling_is_one_version()
    {
        await using WatchRig rig = await new WatchRig { SettleTime = TimeSpan.FromSeconds(3) }.StartAsync();
        File.WriteAllText(rig["appended"], "one");
        File.WriteAllText(rig["truncated"], "one, two, three");
        await Task.Delay(TimeSpan.FromMilliseconds(150), TimeProvider.System, TestContext.Current.CancellationToken);
        File.AppendAllText(rig["appended"], " more");
        File.WriteAllText(rig["truncated"], "one");
        await rig.UntilLiveAsync("appended", "truncated");
        rig.Ledger.StampOf("appended")!.Value.SizeInBytes.ShouldBe(8);
        rig.Ledger.StampOf("truncated")!.Value.SizeInBytes.ShouldBe(3);
        rig.Ledger.VersionsOf("appended").ShouldBe(1);
    }

    [Fact]
    public async Task A_changed_modification_time_is_another_version()
    {
        await using WatchRig rig = await new WatchRig().StartAsync();
        File.WriteAllText(rig["file"], "x");
        await rig.UntilLiveAsync("file");
        File.SetLastWriteTimeUtc(rig["file"], new DateTime(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        await rig.Ledger.UntilAsync(() => rig.Ledger.VersionsOf("file") == 2);
    }

    [Fact]
    public async Task The_Python_program_s_archive_is_left_out_with_a_word()
    {
        await using var rig = new WatchRig();
        Directory.CreateDirectory(rig["completed"]);
        File.WriteAllText(rig["completed/file"], "x");
        File.WriteAllText(rig["new"], "x");
        await rig.StartAsync();
        await rig.UntilLiveAsync("new");
        rig.Log.Lines.ShouldContain(line => line.StartsWith("d: completed/ is not sent", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_Python_program_s_archive_is_told_of_once_also_where_it_is_made_later()
    {
        await using WatchRig rig = await new WatchRig().StartAsync();
        rig.Log.Lines.ShouldNotContain(line => line.StartsWith("d: completed/ is not sent", StringComparison.Ordinal));
        Directory.CreateDirectory(rig["completed"]);
        await WatchRig.UntilAsync(() => rig.Log.Lines.Any(line => line.StartsWith("d: completed/ is not sent", StringComparison.Ordinal)));
        Directory.Delete(rig["completed"]);
        Directory.CreateDirectory(rig["completed"]);
        File.WriteAllText(rig["new"], "x");
        await rig.UntilLiveAsync("new");
        rig.Log.Lines.Count(line => line.StartsWith("d: completed/ is not sent", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public async Task Archives_are_left_out_at_the_top_only_and_unfinished_files_everywhere()
    {
        await using var rig = new WatchRig();
        string[] directories = ["processed", "completed", "a/processed", "a/completed"];
        await rig.StartAsync();
        foreach (string directory in directories)
        {
            Directory.CreateDirectory(rig[directory]);
            File.WriteAllText(rig[directory + "/file"], "x");
        }

        File.WriteAllText(rig[$"a/.file.{new string('a', 32)}.part"], "x");
        await rig.UntilLiveAsync("a/completed/file", "a/processed/file");
        (await rig.QuietAsync()).ShouldBeEmpty();
        rig.Ledger.Count.ShouldBe(2);
    }

    [Fact]
    public async Task What_the_filter_does_not_take_is_neither_sent_nor_refused()
    {
        await using var rig = new WatchRig { Takes = path => path.Span.EndsWith(".csv"u8) };
        File.WriteAllText(rig["a.csv"], "x");
        File.WriteAllText(rig["a.txt"], "x");
        File.CreateSymbolicLink(rig["link.txt"], "a.txt");
        await rig.StartAsync();
        File.WriteAllText(rig["b.txt"], "x");
        File.WriteAllText(rig["b.csv"], "x");
        await rig.UntilLiveAsync("a.csv", "b.csv");
        rig.Ledger.Refused.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Links_pipes_and_sockets_are_refused_aloud_until_they_are_gone(bool before)
    {
        await using var rig = new WatchRig();
        if (!before)
        {
            await rig.StartAsync();
        }

        File.WriteAllText(rig.Outside + "/secret", "x");
        File.CreateSymbolicLink(rig["link"], rig.Outside + "/secret");
        Directory.CreateSymbolicLink(rig["door"], rig.Outside);
        Posix.Run("mkfifo", rig["fifo"]);
        using (var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            socket.Bind(new UnixDomainSocketEndPoint(rig["socket"]));
            if (before)
            {
                await rig.StartAsync();
            }

            await rig.Ledger.UntilAsync(() => rig.Ledger.Refused.Count == 4);
        }

        rig.Ledger.Live.ShouldBeEmpty();
        await WatchRig.UntilAsync(() => rig.Log.Lines.Any(line => line.StartsWith("Not sent: link of d, because it is a symbolic link", StringComparison.Ordinal)));
        File.Delete(rig["link"]);
        File.WriteAllText(rig["link"], "a file now");
        File.Delete(rig["fifo"]);
        Directory.Delete(rig["door"]);
        File.Delete(rig["socket"]);
        await rig.UntilLiveAsync("link");
        await rig.Ledger.UntilAsync(() => rig.Ledger.Refused.Count == 0);
    }

    [Fact]
    public async Task A_file_that_becomes_a_link_is_withdrawn_and_refused()
    {
        await using WatchRig rig = await new WatchRig().StartAsync();
        File.WriteAllText(rig["file"], "x");
        await rig.UntilLiveAsync("file");
        File.CreateSymbolicLink(rig.Outside + "/link", "/etc/passwd");
        Posix.Run("mv", rig.Outside + "/link", rig["file"]);
        await rig.UntilLiveAsync();
        await rig.Ledger.UntilAsync(() => rig.Ledger.Refused.ContainsKey("file"));
    }

    [Fact]
    public async Task A_path_too_long_for_any_server_is_refused()
    {
        await using var rig = new WatchRig();
        string deep = string.Join('/', Enumerable.Repeat(new string('d', 200), 21));
        using (ShoreRoot root = ShoreRoot.Open(rig.Here))
        {
            File.WriteAllText(rig["file"], "x");
            root.Move(BytePath.FromText("file"), BytePath.FromText(deep + "/file")).ShouldBeTrue();
        }

        await rig.StartAsync();
        await rig.Ledger.UntilAsync(() => rig.Ledger.Refused.Count == 1);
        rig.Ledger.Live.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(4056, false)] // with 39 bytes more it is the unfinished file's
    [InlineData(4057, true)]
    [InlineData(4095, true)]
    public void What_only_its_unfinished_file_makes_too_long_is_refused(int length, bool refused)
    {
        var settings = new DirectorySettings { Name = "in", Location = "/in", RemoteLocation = "/r" };
        var territory = new Territory(settings, recursive: true, static _ => true, static _ => true);
        string below = new string('d', length - "/r/".Length - "/file".Length);
        (territory.TooLong(BytePath.FromText(below + "/file")) is not null).ShouldBe(refused);
    }

    [Fact]
    public async Task Anothers_hard_link_is_refused()
    {
        Assert.SkipUnless(Posix.IsRoot, "Only root gives files away.");
        await using WatchRig rig = await new WatchRig().StartAsync();
        File.WriteAllText(rig.Outside + "/foreign", "x");
        Posix.Run("chown", "65534", rig.Outside + "/foreign");
        Posix.Run("ln", rig.Outside + "/foreign", rig["file"]);
        await rig.Ledger.UntilAsync(() => rig.Ledger.Refused.ContainsKey("file"));
        File.Delete(rig.Outside + "/foreign");
        File.SetLastWriteTimeUtc(rig["file"], new DateTime(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        await rig.UntilLiveAsync("file");
        rig.Ledger.Refused.ShouldBeEmpty();
    }
}
