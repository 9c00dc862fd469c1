using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;
using ContentMonster.Model;
using ContentMonster.Tests.Support;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Vessels;

public sealed class PackScriptTests : IDisposable
{
    private static readonly HashTool Tool = new("openssl", "openssl dgst -sha256 -r");
    private static readonly string[] Names = ["plain", "-rf", " sp ace ", "it's", "$(touch x)", "*", "~", ".dot", new('n', 255), "日本"];
    private readonly ScratchDirectory _scratch = new();
    private readonly PackLayout _layout = new(BytePath.FromText("in box"), PartName.NewId());

    public static TheoryData<string> EveryShell() => [.. Shells.All.Select(shell => string.Join(' ', shell))];

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [MemberData(nameof(EveryShell))]
    public async Task What_was_packed_is_hashed_and_put_into_place_with_time_and_mode_and_nothing_else_is_left(string shell)
    {
        Pack();
        (await DeliverAsync(shell, Content())).ShouldBe([true]);
        new Tree(_scratch["in box"]).Files.Count.ShouldBe(Names.Length);
        foreach (string name in Names)
        {
            File.ReadAllText(_scratch[$"in box/{name}"]).ShouldBe(name);
            File.GetLastWriteTimeUtc(_scratch[$"in box/{name}"]).ShouldBe(DateTimeOffset.FromUnixTimeSeconds(1_000_000_000).UtcDateTime);
        }

        if (!OperatingSystem.IsWindows())
        {
            File.GetUnixFileMode(_scratch["in box/plain"]).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        }
    }

    [Theory]
    [InlineData("tar")]
    [InlineData("busybox tar")]
    public async Task The_modes_are_the_archive_s_for_a_login_that_is_not_root_s_too(string tar)
    {
        Assert.SkipUnless(Posix.IsRoot, "Becomes another user.");
        Pack();
        Posix.Run("chown", "-R", "65534", _scratch.Path);
        string[] shell = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "busybox", "sh"];
        byte[] script = [.. Encoding.ASCII.GetBytes($"tar() {{ command {tar} \"$@\"; }}\n"), .. PackScript.Deliver([Content()], Tool)];
        PackScript.Read([Content()], (await Shells.RunAsync(shell, script, _scratch.Path)).Output).ShouldBe([true]);
        if (!OperatingSystem.IsWindows())
        {
            File.GetUnixFileMode(_scratch["in box/plain"]).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        }
    }

    [Theory]
    [MemberData(nameof(EveryShell))]
    public async Task A_mv_that_says_that_all_is_done_and_leaves_a_file_where_it_was_delivers_nothing(string shell)
    {
        Pack();
        byte[] script = [.. "mv() { command mv \"$@\" && command mv ../plain .; }\n"u8, .. PackScript.Deliver([Content()], Tool)];
        PackScript.Read([Content()], (await Shells.RunAsync(shell.Split(' '), script, _scratch.Path)).Output).ShouldBe([false]);
    }

    [Theory]
    [MemberData(nameof(EveryShell))]
    public async Task An_archive_that_is_cut_short_is_no_pack(string shell)
    {
        Pack();
        using (FileStream archive = File.OpenWrite(_scratch[$"in box/{_layout.Archive.Name}"]))
        {
            archive.SetLength(2_000);
        }

        (await DeliverAsync(shell, Content())).ShouldBe([false]);
        NothingShouldBePublished();
    }

    [Theory]
    [MemberData(nameof(EveryShell))]
    public async Task One_wrong_hash_keeps_the_whole_pack_from_its_place_and_in_a_folder_of_our_own(string shell)
    {
        Pack();
        PackContent right = Content();
        var wrong = new PackContent(_layout, [.. right.Files.Select((file, at) => at == 4 ? (file.Name, new byte[32]) : file)]);
        (await DeliverAsync(shell, wrong)).ShouldBe([false]);
        NothingShouldBePublished();
        if (!OperatingSystem.IsWindows())
        {
            File.GetUnixFileMode(_scratch[$"in box/{_layout.Folder.Name}"]).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    [Theory]
    [MemberData(nameof(EveryShell))]
    public async Task A_file_that_is_missing_in_the_archive_keeps_the_whole_pack_from_its_place(string shell)
    {
        Pack();
        var more = new PackContent(_layout, [.. Content().Files, (BytePath.FromText("more"), SHA256.HashData([]))]);
        (await DeliverAsync(shell, more)).ShouldBe([false]);
        NothingShouldBePublished();
    }

    [Theory]
    [InlineData("folder")]
    [InlineData("link")]
    [InlineData("dangling")]
    [InlineData("fifo")]
    public async Task Nothing_is_moved_over_what_is_no_regular_file(string what)
    {
        foreach (string[] shell in Shells.All)
        {
            using var scratch = new PackScriptTests();
            scratch.Pack();
            string place = scratch._scratch["in box/plain"];
            File.WriteAllText(scratch._scratch["victim"], "mine");
            Posix.Run("sh", "-c", what switch { "folder" => "mkdir \"$0\"", "link" => "ln -s ../victim \"$0\"", "dangling" => "ln -s nowhere \"$0\"", _ => "mkfifo \"$0\"" }, place);
            (await scratch.DeliverAsync(string.Join(' ', shell), scratch.Content())).ShouldBe([false]);
            File.ReadAllText(scratch._scratch["victim"]).ShouldBe("mine");
            File.Exists(scratch._scratch["in box/-rf"]).ShouldBeFalse();
        }
    }

    [Fact]
    public async Task A_pack_that_fails_takes_no_other_with_it()
    {
        Pack();
        (await DeliverAsync(string.Join(' ', Shells.All[0]), Missing(), Content(), Missing())).ShouldBe([false, true, false]);
    }

    [Fact]
    public async Task Where_nothing_can_be_synced_nothing_is_published()
    {
        Pack();
        var nowhere = new PackContent(new PackLayout(BytePath.FromText("nowhere"), PartName.NewId()), [(BytePath.FromText("x"), new byte[32])]);
        (int status, byte[] output) = await Shells.RunAsync(Shells.All[0], PackScript.Deliver([nowhere, Content()], Tool), _scratch.Path);
        status.ShouldBe(8);
        PackScript.Read([nowhere, Content()], output).ShouldBe([false, false]);
        NothingShouldBePublished();
    }

    [Theory]
    [MemberData(nameof(EveryShell))]
    public async Task Content_is_synced_before_the_first_rename_and_names_after_the_last(string shell)
    {
        Pack();

        // What lies at the destination at each sync of its file system.
        byte[] script = [.. "sync() { echo \"$*: $(ls -A 'in box' | grep -c '^[^.]')\" >>synced; }\n"u8, .. PackScript.Deliver([Content()], Tool)];
        PackScript.Read([Content()], (await Shells.RunAsync(shell.Split(' '), script, _scratch.Path)).Output).ShouldBe([true]);
        int visible = Names.Count(static name => name[0] != '.');
        (await File.ReadAllLinesAsync(_scratch["synced"], TestContext.Current.CancellationToken)).ShouldBe(["-f ./in box: 0", $"-f ./in box: {visible}"]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_sync_that_fails_books_nothing_and_the_first_publishes_nothing(int failing)
    {
        foreach (string[] shell in Shells.All)
        {
            using var scratch = new PackScriptTests();
            scratch.Pack();
            byte[] script = [.. Encoding.ASCII.GetBytes($"n=0\nsync() {{ n=$((n + 1)); [ $n != {failing} ]; }}\n"), .. PackScript.Deliver([scratch.Content()], Tool)];
            (int status, byte[] output) = await Shells.RunAsync(shell, script, scratch._scratch.Path);
            status.ShouldBe(8);
            PackScript.Read([scratch.Content()], output).ShouldBe([false]);
            File.Exists(scratch._scratch["in box/plain"]).ShouldBe(failing == 2);
        }
    }

    [Theory]
    [MemberData(nameof(EveryShell))]
    public async Task Nothing_is_unpacked_into_a_folder_that_somebody_else_made(string shell)
    {
        Pack();
        Directory.CreateDirectory(_scratch[$"in box/{_layout.Folder.Name}"]);
        (int status, byte[] output) = await Shells.RunAsync(shell.Split(' '), PackScript.Deliver([Content()], Tool), _scratch.Path);
        status.ShouldBe(8);
        PackScript.Read([Content()], output).ShouldBe([false]);
        Directory.EnumerateFileSystemEntries(_scratch[$"in box/{_layout.Folder.Name}"]).ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(EveryShell))]
    public async Task An_archive_whose_end_is_on_its_way_is_waited_for(string shell)
    {
        Pack();
        string archive = _scratch[$"in box/{_layout.Archive.Name}"];
        byte[] whole = await File.ReadAllBytesAsync(archive, TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(archive, whole[..^1_000], TestContext.Current.CancellationToken);
        Task<IReadOnlyList<bool?>> delivering = DeliverAsync(shell, Content() with { AwaitedBytes = whole.Length });
        await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System, TestContext.Current.CancellationToken);
        NothingShouldBePublished();
        delivering.IsCompleted.ShouldBeFalse();
        await File.WriteAllBytesAsync(archive, whole, TestContext.Current.CancellationToken);
        (await delivering).ShouldBe([true]);
        new Tree(_scratch["in box"]).Files.Count.ShouldBe(Names.Length);
    }

    [Theory]
    [MemberData(nameof(EveryShell))]
    public async Task One_that_does_not_come_in_time_keeps_all_of_the_script_from_being_begun(string shell)
    {
        Pack();
        PackContent[] packs = [Missing() with { AwaitedBytes = 1 }, Content()];

        // The second shell has a sleep of whole seconds only.
        (await LateAsync(shell, packs, "sleep() { echo \"$1\" >>slept; }\n")).ShouldBe([.. Enumerable.Repeat("0.1", 50)]);
        (await LateAsync(shell, packs, "sleep() { case $1 in *.*) return 1;; esac; echo \"$1\" >>slept; }\n")).ShouldBe(["1", "1", "1", "1", "1"]);
    }

    [Theory]
    [MemberData(nameof(EveryShell))]
    public async Task Without_wc_nothing_is_waited_for(string shell)
    {
        Pack();
        byte[] script = [.. "sleep() { echo \"$1\" >>slept; }\ncommand() { return 1; }\n"u8, .. PackScript.Deliver([Missing() with { AwaitedBytes = 1 }], Tool)];
        PackScript.Read([Missing()], (await Shells.RunAsync(shell.Split(' '), script, _scratch.Path)).Output).ShouldBe([null]);
        File.Exists(_scratch["slept"]).ShouldBeFalse();
    }

    [Theory]
    [InlineData("late\n", null)]
    [InlineData("late\ndone 0\n", true)]
    [InlineData("late", false)]
    public void Only_a_script_that_says_nothing_else_was_not_begun(string output, bool? done) => PackScript.Read([Content()], Encoding.ASCII.GetBytes(output)).ShouldBe([done]);

    [Theory]
    [InlineData("done 7\n")]
    [InlineData("done -1\n")]
    [InlineData("done\n")]
    [InlineData(" done 0\n")]
    public void Words_that_are_none_of_ours_prove_nothing(string output) => PackScript.Read([Content()], Encoding.ASCII.GetBytes(output)).ShouldBe([false]);

    private void Pack()
    {
        Directory.CreateDirectory(_scratch["in box"]);
        using FileStream archive = File.Create(_scratch[$"in box/{_layout.Archive.Name}"]);
        using var writer = new TarWriter(archive, TarEntryFormat.Gnu);
        foreach (string name in Names)
        {
            writer.WriteEntry(new GnuTarEntry(TarEntryType.RegularFile, name)
            {
                Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead,
                ModificationTime = DateTimeOffset.FromUnixTimeSeconds(1_000_000_000),
                DataStream = new MemoryStream(Encoding.UTF8.GetBytes(name)),
            });
        }
    }

    private static PackContent Missing() => new(new PackLayout(BytePath.FromText("in box"), PartName.NewId()), [(BytePath.FromText("x"), new byte[32])]);

    private PackContent Content() => new(_layout, [.. Names.Select(name => (BytePath.FromText(name), SHA256.HashData(Encoding.UTF8.GetBytes(name))))]);

    // What it slept.
    private async Task<string[]> LateAsync(string shell, PackContent[] packs, string sleep)
    {
        (int status, byte[] output) = await Shells.RunAsync(shell.Split(' '), [.. Encoding.ASCII.GetBytes(sleep), .. PackScript.Deliver(packs, Tool)], _scratch.Path);
        status.ShouldBe(0);
        PackScript.Read(packs, output).ShouldBe([null, null]);
        Directory.EnumerateFileSystemEntries(_scratch["in box"]).Select(Path.GetFileName).ShouldBe([_layout.Archive.Name.ToString()]);
        string[] slept = await File.ReadAllLinesAsync(_scratch["slept"], TestContext.Current.CancellationToken);
        File.Delete(_scratch["slept"]);
        return slept;
    }

    private void NothingShouldBePublished() =>
        Directory.EnumerateFileSystemEntries(_scratch["in box"]).Select(Path.GetFileName).Except([_layout.Archive.Name.ToString(), _layout.Folder.Name.ToString()], StringComparer.Ordinal).ShouldBeEmpty();

    private async Task<IReadOnlyList<bool?>> DeliverAsync(string shell, params PackContent[] packs) =>
        PackScript.Read(packs, (await Shells.RunAsync(shell.Split(' '), PackScript.Deliver(packs, Tool), _scratch.Path)).Output);
}
