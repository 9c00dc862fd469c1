using ContentMonster.Archiving;
using ContentMonster.Configuration;
using ContentMonster.Model;
using ContentMonster.Shore;
using ContentMonster.Tests.Support;
using ContentMonster.Tests.Watching;

namespace ContentMonster.Tests.Archiving;

/// <summary>A moved file that cannot be looked at for a while.</summary>
public sealed class LateWatchTests : IDisposable
{
    private static readonly BytePath From = BytePath.FromText("file");
    private static readonly BytePath Place = BytePath.FromText("processed/file");
    private readonly ScratchDirectory _scratch = new();
    private readonly ManualTime _time = new();
    private readonly RecordingLogger _log = new();
    private bool _isShut = true;
    private int _looks;

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void It_is_looked_at_later_and_what_was_written_meanwhile_is_put_back()
    {
        LateWatch late = Watch(out OddRoot root);
        using OddRoot opened = root;
        File.AppendAllText(_scratch["processed/file"], "more");
        for (int look = 0; look < 3; look++)
        {
            Look(late, root);
        }

        _looks.ShouldBe(3);
        _log.Lines.ShouldBeEmpty();
        late.Doubtful.ShouldBe(1);
        _isShut = false;
        Look(late, root);
        _log.Lines.ShouldHaveSingleItem().ShouldContain("put back and sent again");
        File.ReadAllText(_scratch["file"]).ShouldBe("contentmore");
        (late.Doubtful, late.Left).ShouldBe((0, TimeSpan.MaxValue));
    }

    [Fact]
    public void Of_one_that_stays_out_of_sight_it_is_told_once_that_nobody_knows()
    {
        LateWatch late = Watch(out OddRoot root);
        using OddRoot opened = root;
        for (int look = 0; look < 20; look++)
        {
            Look(late, root);
        }

        _looks.ShouldBe(5);
        _log.Lines.ShouldHaveSingleItem().ShouldContain("could not be looked at again after it was archived");
        (late.Doubtful, late.Left).ShouldBe((0, TimeSpan.MaxValue));
    }

    private LateWatch Watch(out OddRoot root)
    {
        Directory.CreateDirectory(_scratch["processed"]);
        File.WriteAllText(_scratch["processed/file"], "content");
        using ShoreRoot plain = ShoreRoot.Open(_scratch.Path);
        FileStamp stamp = plain.Look(Place)!.Value.Stamp;
        root = new OddRoot(_scratch.Path, (_, look) =>
        {
            _looks++;
            return _isShut ? throw new ShoreException(ShoreFailure.PermissionDenied, "shut") : look;
        });
        var late = new LateWatch(new DirectorySettings { Name = "d", Location = _scratch.Path, RemoteLocation = "/x", SettleTime = TimeSpan.FromSeconds(1) }, _time, _log);
        late.Remember(From, Place, stamp, doubtful: true);
        return late;
    }

    private void Look(LateWatch late, ShoreRoot root)
    {
        _time.Advance(TimeSpan.FromSeconds(1));
        late.Look(root);
    }
}
