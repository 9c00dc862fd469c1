using ContentMonster.Model;
using ContentMonster.Sftp.Client;
using ContentMonster.Tests.Support;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Vessels;

public sealed class HangingPlacesTests
{
    private static readonly TimeSpan Waited = TimeSpan.FromSeconds(10);
    private readonly ManualTime _time = new();
    private readonly HangingPlaces _places;

    public HangingPlacesTests() => _places = new([At("/films"), At("/films/new"), At("/news"), At("inbox")], At("/news/.tmp"), _time);

    [Fact]
    public void What_stalls_twice_on_a_link_that_lives_steps_back_and_is_news_once()
    {
        _places.Stalled(Stall("/news/.a.part")).ShouldBeNull();
        Holds("/news/b").ShouldBeFalse();
        VesselException second = Stall("/news/.c.part");
        _places.Stalled(second).ShouldBe((At("/news"), true));
        _places.Stalled(second).ShouldBe((At("/news"), false), "the visit ends with what its lane told");
        Holds("/news/b").ShouldBeTrue();
        Holds("/news").ShouldBeTrue();
        Holds("/newspaper").ShouldBeFalse();
        Holds("/films/b").ShouldBeFalse();
        _places.Sentence(At("/news/b"))!.Value.Kind.ShouldBe(FailureKind.CommandHangs);
    }

    [Fact]
    public void One_stall_that_many_tell_of_counts_once_whichever_their_connection()
    {
        UnansweredRequest first = Request("/news/a");
        _places.Stalled(Stall(first)).ShouldBeNull();
        _places.Stalled(Stall(first)).ShouldBeNull();
        _time.Advance(Waited / 2);
        _places.Stalled(Stall(Request("/news/b"))).ShouldBeNull("it was asked before the first was told");
        _places.Stalled(Stall(first)).ShouldBeNull();
        _time.Advance(Waited / 2);
        _places.Stalled(Stall(Request("/news/c"))).ShouldBe((At("/news"), true));
    }

    [Fact]
    public void A_TempDir_within_a_destination_steps_nothing_back()
    {
        _places.Stalled(Stall("/news/.tmp/a"));
        _places.Stalled(Stall("/news/.tmp/a")).ShouldBeNull();
        _places.Any.ShouldBeFalse();
    }

    [Fact]
    public void A_link_that_is_gone_steps_nothing_back()
    {
        for (int time = 0; time < 5; time++)
        {
            _places.Stalled(Stall(new UnansweredRequest("/news/a"u8.ToArray(), linkLives: false, Waited))).ShouldBeNull();
            _places.Stalled(new VesselException(FailureKind.Stalled, "nothing came")).ShouldBeNull();
            _places.Stalled(new VesselException(FailureKind.ConnectionLost, "gone", new SftpStalledException("") { First = Request("/news/a") })).ShouldBeNull();
        }

        _places.Any.ShouldBeFalse();
        Holds("/news/a").ShouldBeFalse();
    }

    [Fact]
    public void It_is_tried_again_after_2_and_4_min_and_then_every_5_and_each_stall_is_a_verdict()
    {
        _places.Stalled(Stall("/news/a"));
        foreach (int minutes in new[] { 2, 4, 5, 5 })
        {
            _places.Stalled(Stall("/news/a")).ShouldBe((At("/news"), true));
            _time.Advance(TimeSpan.FromMinutes(minutes) - TimeSpan.FromSeconds(1));
            Holds("/news/a").ShouldBeTrue();
            _time.Advance(TimeSpan.FromSeconds(2));
            Holds("/news/a").ShouldBeFalse();
        }
    }

    [Fact]
    public void What_is_published_there_or_a_word_of_somebody_lets_it_go_on()
    {
        _places.Stalled(Stall("/news/a"));
        _places.Succeeded(At("/films/a"));
        _places.Any.ShouldBeTrue();
        _places.Succeeded(At("/news/a")).ShouldBeFalse("nothing was put off yet");
        _places.Any.ShouldBeFalse();
        _places.Stalled(Stall("/news/a")).ShouldBeNull("the first again");
        _places.Stalled(Stall("/news/a")).ShouldNotBeNull();
        _places.Succeeded(At("/news/a")).ShouldBeTrue();
        Holds("/news/a").ShouldBeFalse();
        _places.Stalled(Stall("/news/a")).ShouldBeNull("the first again");
        _places.Stalled(Stall("/news/a")).ShouldNotBeNull();
        _places.Empty();
        Holds("/news/a").ShouldBeFalse();
        _places.Stalled(Stall("/news/a")).ShouldBeNull("the first again");
        _time.Advance(TimeSpan.FromHours(1));
        _places.Stalled(Stall("/news/a")).ShouldBeNull("an hour later it is another matter");
    }

    [Fact]
    public void A_folder_steps_back_alone_until_another_of_the_same_destination_hangs()
    {
        _places.Stalled(Stall("/films/a/x/.1.part"));
        _places.Stalled(Stall("/films/a/x/.2.part")).ShouldBe((At("/films/a/x"), true));
        Holds("/films/a/x/y/3").ShouldBeTrue();
        Holds("/films/a/4").ShouldBeFalse();
        _places.Succeeded(At("/films/a/4"));
        Holds("/films/a/x/y/3").ShouldBeTrue("that was elsewhere");
        _places.Stalled(Stall("/films/a/z/.5.part")).ShouldBe((At("/films/a"), false));
        Holds("/films/a/4").ShouldBeTrue();
        _places.Stalled(Stall("/films")).ShouldBe((At("/films"), false));
        Holds("/films/6").ShouldBeTrue();
        Holds("/films/new/7").ShouldBeFalse("that is a destination of its own");
    }

    [Fact]
    public void What_is_asked_about_no_destination_steps_nothing_back()
    {
        _places.Stalled(Stall("/tmp/a"));
        _places.Stalled(Stall("/tmp/a")).ShouldBeNull();
        _places.Stalled(Stall("/")).ShouldBeNull();
        _places.Any.ShouldBeFalse();
        _places.Stalled(Stall("inbox/a"));
        _places.Stalled(Stall("inbox/a")).ShouldBe((At("inbox"), true));
    }

    private static BytePath At(string path) => BytePath.FromText(path);

    private static UnansweredRequest Request(string path) => new(At(path).Bytes, linkLives: true, Waited);

    // Of what was asked after all stalls before.
    private VesselException Stall(string path)
    {
        _time.Advance(Waited);
        return Stall(Request(path));
    }

    private static VesselException Stall(UnansweredRequest request) => VesselFault.FromSftp("keep a lane open", "v", new SftpStalledException("nothing") { First = request });

    private bool Holds(string path) => _places.Holds(At(path));
}
