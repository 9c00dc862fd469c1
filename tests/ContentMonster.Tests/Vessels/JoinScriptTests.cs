using System.Text;
using ContentMonster.Model;
using ContentMonster.Tests.Support;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Vessels;

public sealed class JoinScriptTests : IDisposable
{
    private static readonly string[] Names = ["-first", "sec ond", "it's third", "$(fourth)", "new\nline"];
    private const int ManyPieces = 2_500;
    private readonly ScratchDirectory _scratch = new();

    public static TheoryData<string> EveryShell() => [.. Shells.All.Select(shell => string.Join(' ', shell))];

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [MemberData(nameof(EveryShell))]
    public async Task Pieces_are_joined_in_order_into_a_file_that_only_we_read(string shell)
    {
        BytePath[] pieces = [.. Names.Select(BytePath.FromText)];
        foreach (string name in Names)
        {
            File.WriteAllText(_scratch[name], name);
        }

        // An attempt before left more than there will be.
        File.WriteAllText(_scratch["-joined"], new string('x', 1000));
        (await JoinAsync(shell, pieces)).ShouldBe((0, ""));
        File.ReadAllText(_scratch["-joined"]).ShouldBe(string.Concat(Names));
        if (!OperatingSystem.IsWindows())
        {
            File.GetUnixFileMode(_scratch["-joined"]).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    [Theory]
    [MemberData(nameof(EveryShell))]
    public async Task Nothing_joined_is_an_empty_file(string shell)
    {
        (await JoinAsync(shell, [])).Status.ShouldBe(0);
        new FileInfo(_scratch["-joined"]).Length.ShouldBe(0);
    }

    [Theory]
    [MemberData(nameof(EveryShell))]
    public async Task A_missing_piece_is_told_and_ends_it(string shell)
    {
        File.WriteAllText(_scratch["one"], "1");
        File.WriteAllText(_scratch["three"], "3");
        (int status, string said) = await JoinAsync(shell, [BytePath.FromText("one"), BytePath.FromText("two"), BytePath.FromText("three")]);
        status.ShouldBe(9);
        said.ShouldContain("two");
        File.ReadAllText(_scratch["-joined"]).ShouldBe("1");
    }

    [Theory]
    [MemberData(nameof(EveryShell))]
    public async Task A_place_that_takes_no_file_is_told(string shell)
    {
        Directory.CreateDirectory(_scratch["-joined"]);
        (await JoinAsync(shell, [])).Status.ShouldNotBe(0);
    }

    // In one word of a command line their names would be longer than Linux takes (131,072 bytes).
    [Theory]
    [MemberData(nameof(EveryShell))]
    public async Task Thousands_of_pieces_are_joined(string shell)
    {
        BytePath[] pieces = [.. Enumerable.Range(0, ManyPieces).Select(number => BytePath.FromText($"piece of a file with {new string('x', 40)}_{number}.part"))];
        for (int number = 0; number < ManyPieces; number++)
        {
            File.WriteAllText(_scratch[pieces[number].ToString()], $"{number},");
        }

        (await JoinAsync(shell, pieces)).ShouldBe((0, ""));
        File.ReadAllText(_scratch["-joined"]).ShouldBe(string.Concat(Enumerable.Range(0, ManyPieces).Select(number => $"{number},")));
    }

    [Fact]
    public async Task A_join_left_over_from_a_broken_connection_does_not_write_into_ours()
    {
        // The ghost hangs in the middle of its first piece, as on a slow disk.
        Posix.Run("mkfifo", _scratch["slow"]);
        File.WriteAllText(_scratch["tail"], "tail");
        BytePath[] slow = [BytePath.FromText("slow"), BytePath.FromText("tail")];
        Task<(int Status, string Said)> ghost = JoinAsync("/bin/sh", slow);
        await using (FileStream feed = await Task.Run(() => File.OpenWrite(_scratch["slow"]), TestContext.Current.CancellationToken))
        {
            feed.Write("old"u8);
            feed.Flush();
            await Eventually.BeTrueAsync(() => new FileInfo(_scratch["-joined"]) is { Exists: true, Length: 3 }, "the ghost has begun");
            File.WriteAllText(_scratch["new"], "new content");
            (await JoinAsync("/bin/sh", [BytePath.FromText("new")])).Status.ShouldBe(0);
            feed.Write("older"u8);
        }

        (await ghost).Status.ShouldBe(0);
        File.ReadAllText(_scratch["-joined"]).ShouldBe("new content");
    }

    [Theory]
    [MemberData(nameof(EveryShell))]
    public async Task A_link_that_somebody_plants_after_the_old_file_is_gone_is_not_followed(string shell)
    {
        File.WriteAllText(_scratch["victim"], "mine");
        File.WriteAllText(_scratch["piece"], "theirs");
        byte[] script = [.. "rm() { command rm \"$@\"; ln -s victim ./-joined; }\n"u8, .. RemoteCopy.JoinScript([BytePath.FromText("piece")], BytePath.FromText("-joined"))];
        (await Shells.RunAsync(shell.Split(' '), script, _scratch.Path)).Status.ShouldNotBe(0);
        File.ReadAllText(_scratch["victim"]).ShouldBe("mine");
    }

    private async Task<(int Status, string Said)> JoinAsync(string shell, BytePath[] pieces)
    {
        (int status, byte[] said) = await Shells.RunAsync(shell.Split(' '), RemoteCopy.JoinScript(pieces, BytePath.FromText("-joined")), _scratch.Path);
        return (status, Encoding.UTF8.GetString(said).Trim('\n'));
    }
}
