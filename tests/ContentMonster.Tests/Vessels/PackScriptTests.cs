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
        (await UnpackAsync(shell)).ShouldHaveSingleItem().ShouldNotBeNull().Select(Convert.ToHexString)
            .ShouldBe(Names.Select(name => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(name)))));
        if (!OperatingSystem.IsWindows())
        {
            File.GetUnixFileMode(_scratch[$"in box/{_layout.Folder.Name}"]).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        (await PublishAsync(shell)).ShouldBe([true]);
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
    [MemberData(nameof(EveryShell))]
    public async Task An_archive_that_is_cut_short_is_no_pack(string shell)
    {
        Pack();
        using (FileStream archive = File.OpenWrite(_scratch[$"in box/{_layout.Archive.Name}"]))
        {
            archive.SetLength(2_000);
        }

        (await UnpackAsync(shell)).ShouldBe([null]);
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
            (await scratch.UnpackAsync(string.Join(' ', shell)))[0].ShouldNotBeNull();
            (await scratch.PublishAsync(string.Join(' ', shell))).ShouldBe([false]);
            File.ReadAllText(scratch._scratch["victim"]).ShouldBe("mine");
            File.Exists(scratch._scratch["in box/-rf"]).ShouldBeFalse();
        }
    }

    [Fact]
    public async Task A_pack_that_fails_takes_no_other_with_it()
    {
        Pack();
        var good = new PackContent(_layout, [.. Names.Select(BytePath.FromText)]);
        var missing = new PackContent(new PackLayout(BytePath.FromText("nowhere"), PartName.NewId()), [BytePath.FromText("x")]);
        PackContent[] packs = [missing, good, missing];
        byte[] output = (await Shells.RunAsync(Shells.All[0], PackScript.Unpack(packs, Tool), _scratch.Path)).Output;
        PackScript.ReadUnpacked(packs, output).Select(hashes => hashes is not null).ShouldBe([false, true, false]);

        // One sync serves all of them, so a directory that is not there ends the script: none is said to be done.
        (int status, output) = await Shells.RunAsync(Shells.All[0], PackScript.Publish(packs), _scratch.Path);
        status.ShouldBe(8);
        PackScript.ReadPublished(packs, output).ShouldBe([false, false, false]);
    }

    [Theory]
    [InlineData("pack 0\nwhole 0\n")]
    [InlineData("pack 0\nnot a hash\nwhole 0\n")]
    [InlineData("pack 7\nwhole 7\n")]
    [InlineData("whole 0\n")]
    [InlineData("pack -1\nwhole -1\n")]
    public void Words_that_are_not_all_there_prove_nothing(string output) =>
        PackScript.ReadUnpacked([new PackContent(_layout, [BytePath.FromText("x")])], Encoding.ASCII.GetBytes(output)).ShouldBe([null]);

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

    private async Task<IReadOnlyList<byte[][]?>> UnpackAsync(string shell)
    {
        PackContent[] packs = [new(_layout, [.. Names.Select(BytePath.FromText)])];
        return PackScript.ReadUnpacked(packs, (await Shells.RunAsync(shell.Split(' '), PackScript.Unpack(packs, Tool), _scratch.Path)).Output);
    }

    private async Task<IReadOnlyList<bool>> PublishAsync(string shell)
    {
        PackContent[] packs = [new(_layout, [.. Names.Select(BytePath.FromText)])];
        return PackScript.ReadPublished(packs, (await Shells.RunAsync(shell.Split(' '), PackScript.Publish(packs), _scratch.Path)).Output);
    }
}
