using ContentMonster.Model;
using ContentMonster.Shore;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Shore;

/// <summary>What a batch sees that keeps its folders open, and what it asks of a file in one go.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class HeldFoldersTests : IDisposable
{
    private readonly ScratchDirectory _scratch = new();
    private readonly LinuxShoreRoot _root;

    public HeldFoldersTests()
    {
        Directory.CreateDirectory(_scratch["shore/a"]);
        Directory.CreateDirectory(_scratch["outside"]);
        File.WriteAllText(_scratch["shore/a/one"], "1");
        File.WriteAllText(_scratch["shore/a/two"], "2");
        _root = LinuxShoreRoot.Open(_scratch["shore"], LinuxAbilities.All);
    }

    public void Dispose()
    {
        _root.Dispose();
        _scratch.Dispose();
    }

    [Fact]
    public void A_folder_that_is_moved_away_counts_as_moved_when_the_batch_is_over()
    {
        _root.HoldFolders();
        _root.Look(P("a/one")).ShouldNotBeNull();
        Directory.Move(_scratch["shore/a"], _scratch["outside/a"]);
        _root.Look(P("a/two")).ShouldNotBeNull();
        _root.LetGoOfFolders();
        _root.Look(P("a/two")).ShouldBeNull();
    }

    [Fact]
    public void Names_in_a_held_folder_are_looked_up_anew_each_time()
    {
        _root.HoldFolders();
        _root.Look(P("a/one")).ShouldNotBeNull();
        File.Delete(_scratch["shore/a/one"]);
        _root.Look(P("a/one")).ShouldBeNull();
        File.CreateSymbolicLink(_scratch["shore/a/one"], _scratch["shore/a/two"]);
        _root.Look(P("a/one"))!.Value.Kind.ShouldBe(ShoreEntryKind.SymbolicLink);
        Should.Throw<ShoreException>(() => _root.Probe(P("a/one"))).Failure.ShouldBe(ShoreFailure.SymbolicLink);
    }

    [Fact]
    public void A_folder_in_use_stays_open_however_many_others_the_same_move_needs_and_all_are_closed_at_the_end()
    {
        _root.HoldFolders();
        _root.Move(P("a/one"), P("processed/b/c/d/e/f/one")).ShouldBeTrue();
        _root.Move(P("a/two"), P("processed/g/two")).ShouldBeTrue();
        File.ReadAllText(_scratch["shore/processed/b/c/d/e/f/one"]).ShouldBe("1");
        Should.Throw<ShoreException>(() => _root.Move(P("none/one"), P("processed/one")));
        _root.LetGoOfFolders();
        _root.Dispose();
        new DirectoryInfo("/proc/self/fd").EnumerateFileSystemInfos().Select(open => open.LinkTarget)
            .Where(target => target?.StartsWith(_scratch["shore"], StringComparison.Ordinal) == true).ShouldBeEmpty();
    }

    [Fact]
    public void A_folder_that_was_removed_under_a_batch_is_made_again()
    {
        _root.HoldFolders();
        _root.Move(P("a/one"), P("processed/a/one")).ShouldBeTrue();
        Directory.Delete(_scratch["shore/processed"], recursive: true);
        _root.Move(P("a/two"), P("processed/a/two")).ShouldBeTrue();
        File.ReadAllText(_scratch["shore/processed/a/two"]).ShouldBe("2");
    }

    [Fact]
    public void More_folders_than_are_held_are_still_all_found()
    {
        _root.HoldFolders();
        for (int round = 0; round < 2; round++)
        {
            for (int number = 0; number < 20; number++)
            {
                Directory.CreateDirectory(_scratch[$"shore/{number}"]);
                File.WriteAllText(_scratch[$"shore/{number}/file"], new string('x', number));
                _root.Look(P($"{number}/file"))!.Value.Stamp.SizeInBytes.ShouldBe(number);
            }
        }
    }

    [Fact]
    public void A_probe_tells_of_a_writer_and_of_what_it_left()
    {
        (WriterVerdict verdict, FileStamp before) = _root.Probe(P("a/one"));
        (verdict, before).ShouldBe((WriterVerdict.Free, _root.Look(P("a/one"))!.Value.Stamp));
        using (FileStream writer = File.OpenWrite(_scratch["shore/a/one"]))
        {
            writer.Write("longer"u8);
            writer.Flush();
            (verdict, FileStamp now) = _root.Probe(P("a/one"));
            (verdict, now.SizeInBytes).ShouldBe((WriterVerdict.Writing, 6));
        }

        _root.Probe(P("a/one")).Verdict.ShouldBe(WriterVerdict.Free);
    }

    [Fact]
    public void Only_a_regular_file_is_probed()
    {
        Posix.Run("mkfifo", _scratch["shore/pipe"]);
        Should.Throw<ShoreException>(() => _root.Probe(P("pipe"))).Failure.ShouldBe(ShoreFailure.NotARegularFile);
        Should.Throw<ShoreException>(() => _root.Probe(P("a"))).Failure.ShouldBe(ShoreFailure.NotARegularFile);
        Should.Throw<ShoreException>(() => _root.Probe(P("nothing"))).Failure.ShouldBe(ShoreFailure.Missing);
    }

    private static BytePath P(string text) => BytePath.FromText(text);
}
