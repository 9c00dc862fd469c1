using System.Text;
using ContentMonster.Model;
using ContentMonster.Shore;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Shore;

/// <summary>What every way of holding a directory must do.</summary>
public abstract class ShoreRootConformance : IDisposable
{
    private readonly ScratchDirectory _scratch = new();
    private readonly Func<string, ShoreRoot> _open;
    private readonly ShoreRoot _root;

    private protected ShoreRootConformance(Func<string, ShoreRoot> open)
    {
        Directory.CreateDirectory(Here);
        Directory.CreateDirectory(_scratch["outside"]);
        File.WriteAllText(_scratch["outside/secret"], "secret");
        _open = open;
        _root = open(Here);
    }

    private protected ShoreRoot Root => _root;

    protected string Here => _scratch["shore"];

    protected string Outside => _scratch["outside"];

    public void Dispose()
    {
        _root.Dispose();
        _scratch.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected static BytePath P(string text) => BytePath.FromText(text);

    private string[] Names(string directory = "") => [.. _root.List(P(directory)).Select(entry => $"{entry.Kind} {entry.Name}").Order(StringComparer.Ordinal)];

    [Fact]
    public void Files_directories_and_links_are_listed_as_what_they_are()
    {
        File.WriteAllText(Here + "/file", "");
        Directory.CreateDirectory(Here + "/directory/below");
        File.CreateSymbolicLink(Here + "/link", Outside + "/secret");
        File.CreateSymbolicLink(Here + "/dangling", "nowhere");
        Names().ShouldBe(["Directory directory", "Regular file", "SymbolicLink dangling", "SymbolicLink link"]);
        Names("directory").ShouldBe(["Directory below"]);
    }

    [Fact]
    public void A_big_directory_is_listed_whole()
    {
        for (int i = 0; i < 3000; i++)
        {
            File.WriteAllText($"{Here}/a-rather-long-name-that-fills-buffers-{i}", "");
        }

        _root.List(default).Select(entry => entry.Name).Distinct().Count().ShouldBe(3000);
    }

    [Fact]
    public void A_look_tells_size_times_and_kind_and_null_where_nothing_is()
    {
        File.WriteAllText(Here + "/file", "12345");
        var modified = new DateTime(2020, 1, 2, 3, 4, 5, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(Here + "/file", modified);
        ShoreLook look = _root.Look(P("file"))!.Value;
        look.Kind.ShouldBe(ShoreEntryKind.Regular);
        look.Stamp.SizeInBytes.ShouldBe(5);
        look.Stamp.ModifiedUnixNanoseconds.ShouldBe((modified - DateTime.UnixEpoch).Ticks * 100);
        _root.Look(P("nothing")).ShouldBeNull();
        _root.Look(P("nothing/below")).ShouldBeNull();
        _root.Look(P("file/below")).ShouldBeNull();
        _root.Look(default)!.Value.Kind.ShouldBe(ShoreEntryKind.Directory);
    }

    [Fact]
    public void A_missing_directory_is_said_to_be_missing() =>
        Should.Throw<ShoreException>(() => _root.List(P("nothing")).Count()).Failure.ShouldBe(ShoreFailure.Missing);

    [Fact]
    public void A_file_is_read_at_offsets_up_to_its_end()
    {
        File.WriteAllText(Here + "/file", "0123456789");
        using ShoreFile file = _root.OpenFile(P("file"));
        var buffer = new byte[8];
        file.Read(4, buffer).ShouldBe(6);
        Encoding.ASCII.GetString(buffer, 0, 6).ShouldBe("456789");
        file.Read(10, buffer).ShouldBe(0);
        file.Stamp.ShouldBe(file.CurrentStamp());
        File.AppendAllText(Here + "/file", "more");
        file.CurrentStamp().ShouldNotBe(file.Stamp);
        _root.Look(P("file"))!.Value.Stamp.ShouldBe(file.CurrentStamp());
    }

    [Fact]
    public void Links_are_neither_opened_nor_walked_through()
    {
        File.CreateSymbolicLink(Here + "/link", Outside + "/secret");
        File.CreateSymbolicLink(Here + "/door", Outside);
        File.WriteAllText(Here + "/file", "");
        _root.Look(P("link"))!.Value.Kind.ShouldBe(ShoreEntryKind.SymbolicLink);
        Should.Throw<ShoreException>(() => _root.OpenFile(P("link"))).Failure.ShouldBe(ShoreFailure.SymbolicLink);
        _root.Look(P("door/secret")).ShouldBeNull();
        Should.Throw<ShoreException>(() => _root.OpenFile(P("door/secret")));
        Should.Throw<ShoreException>(() => _root.List(P("door")).Count());
        Should.Throw<ShoreException>(() => _root.Move(P("file"), P("door/file")));
        Should.Throw<ShoreException>(() => _root.Sync(P("door/below")));
        File.Exists(Here + "/file").ShouldBeTrue();
    }

    // The last element is an honest one here: what refuses only a link at the end of a path lets all this through.
    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void A_link_in_the_middle_of_a_path_leads_nowhere(bool leadsOut, bool holds)
    {
        string target = leadsOut ? Outside : Here + "/inside";
        Directory.CreateDirectory(target + "/sub/below");
        File.WriteAllText(target + "/sub/secret", "secret");
        using ShoreRoot honest = _open(target);
        FileStamp stamp = honest.Look(P("sub/secret"))!.Value.Stamp;
        File.CreateSymbolicLink(Here + "/door", leadsOut ? Outside : "inside");
        File.WriteAllText(Here + "/file", "");
        if (holds)
        {
            _root.HoldFolders();
        }

        _root.Look(P("door/sub/secret")).ShouldBeNull();
        _root.Look(P("door/sub")).ShouldBeNull();
        Should.Throw<ShoreException>(() => _root.OpenFile(P("door/sub/secret")));
        Should.Throw<ShoreException>(() => _root.Probe(P("door/sub/secret")));
        Should.Throw<ShoreException>(() => _root.List(P("door/sub")).Count());
        Should.Throw<ShoreException>(() => _root.List(P("door/sub/below")).Count());
        Should.Throw<ShoreException>(() => _root.Move(P("file"), P("door/sub/file")));
        Should.Throw<ShoreException>(() => _root.Move(P("file"), P("door/sub/new/file")));
        Should.Throw<ShoreException>(() => _root.Move(P("door/sub/secret"), P("stolen")));
        Should.Throw<ShoreException>(() => _root.Sync(P("door/sub")));
        try
        {
            _root.Delete(P("door/sub/secret"), stamp).ShouldBeFalse();
        }
        catch (ShoreException)
        {
            // Refused, which is as good.
        }

        _root.LetGoOfFolders();
        File.Exists(Here + "/file").ShouldBeTrue();
        File.Exists(Here + "/stolen").ShouldBeFalse();
        Directory.EnumerateFileSystemEntries(target + "/sub").Select(Path.GetFileName).Order(StringComparer.Ordinal).ShouldBe(["below", "secret"]);
    }

    [Fact]
    public void Nothing_leads_out_by_dots()
    {
        _root.Look(P("../outside/secret")).ShouldBeNull();
        Should.Throw<ShoreException>(() => _root.OpenFile(P("../outside/secret")));
        Should.Throw<ShoreException>(() => _root.List(P("..")).Count());
        _root.Look(P("..")).ShouldBeNull();
        _root.Look(P("a/../b")).ShouldBeNull();
    }

    [Fact]
    public void A_directory_is_no_file_to_open()
    {
        Directory.CreateDirectory(Here + "/directory");
        Should.Throw<ShoreException>(() => _root.OpenFile(P("directory"))).Failure.ShouldBe(ShoreFailure.NotARegularFile);
    }

    [Fact]
    public void A_move_makes_missing_parents_and_never_replaces()
    {
        File.WriteAllText(Here + "/one", "one");
        File.WriteAllText(Here + "/two", "two");
        _root.Move(P("one"), P("processed/a/b/c/file")).ShouldBeTrue();
        _root.Move(P("two"), P("processed/a/b/c/file")).ShouldBeFalse();
        File.ReadAllText(Here + "/processed/a/b/c/file").ShouldBe("one");
        File.ReadAllText(Here + "/two").ShouldBe("two");
        File.Exists(Here + "/one").ShouldBeFalse();
        Should.Throw<ShoreException>(() => _root.Move(P("gone"), P("processed/gone"))).Failure.ShouldBe(ShoreFailure.Missing);
        _root.Sync(P("processed/a/b/c"));
        _root.Sync(default);
    }

    [Fact]
    public void A_move_does_not_replace_a_dangling_link()
    {
        File.WriteAllText(Here + "/one", "one");
        File.CreateSymbolicLink(Here + "/place", Outside + "/new");
        _root.Move(P("one"), P("place")).ShouldBeFalse();
        File.Exists(Outside + "/new").ShouldBeFalse();
        File.ReadAllText(Here + "/one").ShouldBe("one");
    }

    [Fact]
    public void A_file_in_the_way_of_a_directory_is_told()
    {
        File.WriteAllText(Here + "/one", "one");
        File.WriteAllText(Here + "/processed", "a file");
        Should.Throw<ShoreException>(() => _root.Move(P("one"), P("processed/one")));
        File.ReadAllText(Here + "/one").ShouldBe("one");
    }

    [Fact]
    public void Only_the_version_that_is_expected_is_deleted()
    {
        File.WriteAllText(Here + "/file", "old");
        FileStamp old = _root.Look(P("file"))!.Value.Stamp;
        File.WriteAllText(Here + "/file", "newer");
        _root.Delete(P("file"), old).ShouldBeFalse();
        _root.Delete(P("file"), _root.Look(P("file"))!.Value.Stamp).ShouldBeTrue();
        File.Exists(Here + "/file").ShouldBeFalse();
        _root.Delete(P("file"), old).ShouldBeFalse();
        _root.Delete(P("no/file"), old).ShouldBeFalse();
    }

    [Fact]
    public void A_directory_that_was_moved_away_or_replaced_is_no_longer_there()
    {
        _root.StillThere().ShouldBeTrue();
        Directory.Move(Here, _scratch["elsewhere"]);
        _root.StillThere().ShouldBeFalse();
        Directory.CreateDirectory(Here);
        _root.StillThere().ShouldBeFalse();
    }

    [Fact]
    public void A_location_that_is_not_there_is_missing() =>
        Should.Throw<ShoreException>(() => _open(_scratch["nowhere"]).Dispose()).Failure.ShouldBe(ShoreFailure.Missing);

    [Fact]
    public void Names_that_are_text_of_any_kind_come_back_the_same()
    {
        string[] names = [" ", " spaces at ends ", "-rf", "a\nb", "quote's \"and\" $(x) `y`", "~", "\\back\\slash", "%41", "émoji😀", "e\u0301", "\u00e9", ".hidden", new string('n', 255)];
        foreach (string name in names)
        {
            File.WriteAllText(Path.Combine(Here, name), name);
        }

        _root.List(default).Select(entry => Encoding.UTF8.GetString(entry.Name.Span)).Order(StringComparer.Ordinal).ShouldBe(names.Order(StringComparer.Ordinal));
        foreach (string name in names)
        {
            using ShoreFile file = _root.OpenFile(P(name));
            file.Stamp.SizeInBytes.ShouldBe(Encoding.UTF8.GetByteCount(name));
        }
    }
}
