using ContentMonster.Delivering;
using ContentMonster.Diagnostics;
using ContentMonster.Model;
using ContentMonster.Tests.Support;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Delivering;

public sealed class StrandedTests
{
    private const long Size = 5_000_000;
    private static readonly RemoteSpace Full = new(0, 1, 10_000_000);
    private readonly ManualTime _time = new();
    private readonly VesselProgress _progress = new ProgressBoard(TimeProvider.System).Vessel("v");
    private readonly Stranded _stranded;
    private double _rate = 50_000_000;

    public StrandedTests() => _stranded = new Stranded(_time, () => _rate);

    [Fact]
    public void Of_two_that_fail_again_the_one_nearest_its_end_is_kept()
    {
        Fail(1, 1_000_000);
        Fail(2, 4_000_000);
        _time.Advance(TimeSpan.FromSeconds(29));
        Fail(1, 1_000_000);
        Fail(2, 4_000_000);
        Hopeless().ShouldBeEmpty("somebody may make room");
        _time.Advance(TimeSpan.FromSeconds(10));
        Hopeless().ShouldBeEmpty("it was not tried since");
        Fail(1, 1_000_000);
        Fail(2, 4_000_000);
        Hopeless().ShouldBe([1]);
        Hopeless().ShouldBeEmpty("nothing is there of it any more");
    }

    [Fact]
    public void The_more_is_there_the_longer_it_is_kept()
    {
        FailTwice(1, 4_000_000, 33);
        FailSmall(2);
        Hopeless().ShouldBeEmpty();
        _time.Advance(TimeSpan.FromSeconds(1));
        Fail(1, 4_000_000);
        Hopeless().ShouldBe([1], "a small one waits for its room");
    }

    [Theory]
    [InlineData(8_000, 529, 530)]
    [InlineData(0, 92, 93)]
    public void On_a_slow_link_it_is_kept_for_as_long_as_it_takes_to_come_again(double rate, int kept, int hopeless)
    {
        _rate = rate;
        FailTwice(1, 4_000_000, kept);
        FailSmall(2);
        Hopeless().ShouldBeEmpty();
        _time.Advance(TimeSpan.FromSeconds(hopeless - kept));
        Fail(1, 4_000_000);
        Hopeless().ShouldBe([1]);
    }

    [Fact]
    public void One_that_is_alone_is_kept() => FailTwiceAndSee(1, []);

    [Theory]
    [InlineData(1_900_000, true)]
    [InlineData(2_100_000, false)]
    public void One_that_has_gained_more_than_crumbs_is_kept(long there, bool hopeless)
    {
        FailSmall(2);
        Fail(1, 1_000_000);
        _time.Advance(TimeSpan.FromMinutes(1));
        Fail(1, there);
        Hopeless().Length.ShouldBe(hopeless ? 1 : 0);
    }

    [Fact]
    public void One_that_is_being_tried_is_kept()
    {
        FailSmall(2);
        FailTwice(1, 1_000_000, 60);
        Hopeless(1).ShouldBeEmpty();
        Hopeless().ShouldBe([1]);
    }

    [Fact]
    public void What_arrived_or_failed_for_something_else_or_was_not_tried_for_long_is_in_nobodys_way()
    {
        FailSmall(2);
        FailSmall(3);
        FailTwice(1, 1_000_000, 60);
        _stranded.Forget(2);
        _stranded.Failed(Shipment(3, 1, 1, begun: false), FailureKind.VesselFull, Full with { FreeBytes = 5_000_000 }, 1);
        Hopeless().ShouldBeEmpty();

        FailSmall(2);
        _time.Advance(TimeSpan.FromMinutes(16));
        Fail(1, 1_000_000);
        Hopeless().ShouldBeEmpty();
    }

    [Fact]
    public void On_another_disk_nothing_is_in_the_way_nor_a_refusal_in_that_of_a_full_one()
    {
        _stranded.Failed(Shipment(2, 4, 0, begun: false), FailureKind.VesselFull, Full with { FileSystem = 2 }, 4);
        _stranded.Failed(Shipment(3, 4, 0, begun: false), FailureKind.Refused, Full, 4);
        FailTwiceAndSee(1, []);
    }

    [Fact]
    public void What_a_quota_refuses_is_judged_though_there_is_room()
    {
        RemoteSpace much = Full with { FreeBytes = 1 << 30 };
        foreach (int seconds in new[] { 0, 40 })
        {
            _time.Advance(TimeSpan.FromSeconds(seconds));
            _stranded.Failed(Shipment(1, Size, 1_000_000), FailureKind.Refused, much, Size - 1_000_000);
            _stranded.Failed(Shipment(2, Size, Size), FailureKind.Refused, much, 0);
        }

        Hopeless().ShouldBe([1]);
    }

    [Fact]
    public void What_was_given_up_has_its_patience_anew()
    {
        FailSmall(2);
        FailTwice(1, 1_000_000, 60);
        Hopeless().ShouldBe([1]);
        _time.Advance(TimeSpan.FromMinutes(1));
        Fail(1, 500_000);
        FailSmall(2);
        Hopeless().ShouldBeEmpty();
    }

    [Fact]
    public void What_was_given_up_waits_until_the_one_it_made_room_for_is_there()
    {
        Fail(2, 4_000_000);
        FailTwice(1, 1_000_000, 60);
        _stranded.GoesBefore(1).ShouldBeNull("what lies there is not begun anew");
        Hopeless().ShouldBe([1]);
        _stranded.GoesBefore(1)!.Id.ShouldBe(2);
        _stranded.GoesBefore(2).ShouldBeNull();
        _stranded.Failed(Shipment(1, Size, 0, begun: false), FailureKind.VesselFull, Full, Size);
        _stranded.GoesBefore(1)!.Id.ShouldBe(2, "it was refused for another reason before it was begun");
        _stranded.Forget(2);
        _stranded.GoesBefore(1).ShouldBeNull();
    }

    [Fact]
    public void What_was_begun_anew_waits_for_none_that_comes_later()
    {
        Fail(2, 4_000_000);
        FailTwice(1, 1_000_000, 60);
        Hopeless().ShouldBe([1]);
        _stranded.Forget(2).ShouldBeTrue("another waits for it");
        _stranded.GoesBefore(1).ShouldBeNull();
        FailSmall(3);
        _stranded.GoesBefore(1).ShouldBeNull("its link broke");
        _stranded.Forget(3).ShouldBeFalse();
    }

    [Fact]
    public void Those_given_up_come_through_one_at_a_time()
    {
        Fail(2, 4_000_000);
        foreach (int seconds in new[] { 0, 60 })
        {
            _time.Advance(TimeSpan.FromSeconds(seconds));
            Fail(1, 2_000_000);
            FailNearer(3);
        }

        Hopeless().ShouldBe([1, 3], ignoreOrder: true);
        _stranded.GoesBefore(3)!.Id.ShouldBe(2);
        _stranded.Forget(2).ShouldBeTrue("the nearest its end may go");
        _stranded.GoesBefore(3).ShouldBeNull();
        _stranded.GoesBefore(1)!.Id.ShouldBe(3);
        _stranded.Forget(3).ShouldBeTrue();
        _stranded.GoesBefore(1).ShouldBeNull();
        _stranded.Forget(1).ShouldBeFalse();

        // Smaller as a whole: what was given up is begun anew from its start.
        void FailNearer(long id) => _stranded.Failed(Shipment(id, Size - 1, 1_000_000), FailureKind.VesselFull, Full, Size - 1_000_001);
    }

    [Fact]
    public void One_that_waits_for_another_is_not_let_go_by_any_that_arrives()
    {
        FailSmall(4);
        Fail(2, 4_000_000);
        FailTwice(1, 1_000_000, 60);
        Hopeless().ShouldContain(1);
        _stranded.Forget(4).ShouldBeFalse("it waits for 2 as well");
        _stranded.Forget(2).ShouldBeTrue();
    }

    [Fact]
    public void What_was_given_up_waits_for_a_quarter_of_an_hour_at_the_most()
    {
        Fail(2, 4_000_000);
        FailTwice(1, 1_000_000, 60);
        Hopeless().ShouldBe([1]);
        foreach (int minutes in new[] { 7, 7 })
        {
            _time.Advance(TimeSpan.FromMinutes(minutes));
            Fail(2, 4_000_000);
            _stranded.GoesBefore(1)!.Id.ShouldBe(2);
        }

        _time.Advance(TimeSpan.FromMinutes(2));
        _stranded.GoesBefore(1).ShouldBeNull();
    }

    [Theory]
    [InlineData(4_200_000, true)]
    [InlineData(4_300_000, false)]
    public void What_was_under_way_and_took_of_the_room_that_was_left_has_no_patience_anew(long there, bool hopeless)
    {
        Fail(2, 3_000_000);
        Fail(3, 2_000_000);
        foreach (int seconds in new[] { 0, 60 })
        {
            _time.Advance(TimeSpan.FromSeconds(seconds));
            _stranded.Failed(Shipment(1, 1_500_000, 1_000), FailureKind.VesselFull, Full, 2_400_000);
        }

        Fail(2, 3_000_000);
        Hopeless(3).ShouldBe([1]);
        Fail(3, there);
        Fail(2, 4_500_000);
        Hopeless().ShouldBe(hopeless ? [3] : [], "somebody else made room as well where it took more than that can have been");
    }

    [Fact]
    public void What_was_given_up_has_its_patience_anew_also_beside_others_that_were()
    {
        Fail(2, 4_000_000);
        FailTwice(1, 1_000_000, 60);
        Fail(3, 1_000_000);
        Hopeless().ShouldBe([1]);
        _time.Advance(TimeSpan.FromSeconds(60));
        Fail(3, 1_000_000);
        Hopeless().ShouldBe([3]);
        _stranded.Forget(2);
        Fail(1, 1_000_000);
        FailSmall(4);
        Hopeless().ShouldBeEmpty();
    }

    [Fact]
    public void Room_is_made_for_the_one_nearest_its_end_of_each_disk_that_is_not_being_tried()
    {
        Fail(1, 4_000_000);
        FailTwice(2, 2_000_000, 60);
        FailSmall(3);
        FailTwice(4, 1_000_000, 60);
        foreach (int seconds in new[] { 0, 60 })
        {
            _time.Advance(TimeSpan.FromSeconds(seconds));
            _stranded.Failed(Shipment(5, Size, 1_000_000), FailureKind.VesselFull, Full with { FileSystem = 2 }, Size - 1_000_000);
            _stranded.Failed(Shipment(6, Size, 2_000_000), FailureKind.VesselFull, Full with { FileSystem = 2 }, Size - 2_000_000);
        }

        (IReadOnlyList<FileVersion> givenUp, IReadOnlyList<(FileVersion Version, FailureKind)> next) = _stranded.TakeHopeless([6]);
        givenUp.Select(static version => version.Id).Order().ShouldBe([2, 4, 5]);
        next.Select(static one => one.Version.Id).ShouldBe([3]);
        _stranded.TakeHopeless([6]).For.ShouldBeEmpty();
        _stranded.TakeHopeless([]).For.Select(static one => one.Version.Id).ShouldBe([6], "it has ended, and others made room for it meanwhile");
        _stranded.TakeHopeless([]).For.ShouldBeEmpty();
    }

    [Fact]
    public void Room_is_made_for_one_that_was_given_up_and_goes_again_and_for_none_behind_it()
    {
        Fail(2, 4_900_000);
        FailTwice(1, 4_000_000, 60);
        Hopeless().ShouldBe([1]);
        _stranded.Forget(2);
        _stranded.GoesBefore(1).ShouldBeNull();
        foreach (int seconds in new[] { 0, 60 })
        {
            _time.Advance(TimeSpan.FromSeconds(seconds));
            _stranded.Failed(Shipment(3, 20_000_000, 10_000_000), FailureKind.VesselFull, Full, 10_000_000);
            _stranded.Failed(Shipment(4, 30_000_000, 0, begun: false), FailureKind.VesselFull, Full, 30_000_000);
        }

        (IReadOnlyList<FileVersion> givenUp, IReadOnlyList<(FileVersion Version, FailureKind)> next) = _stranded.TakeHopeless([1]);
        givenUp.Select(static version => version.Id).ShouldBe([3]);
        next.ShouldBeEmpty();
        _stranded.Forget(1);
        _stranded.TakeHopeless([]).For.ShouldBeEmpty("it is there");
    }

    private void FailTwiceAndSee(long id, long[] hopeless)
    {
        FailTwice(id, 1_000_000, 60);
        Hopeless().ShouldBe(hopeless);
    }

    private void FailTwice(long id, long there, int secondsBetween)
    {
        Fail(id, there);
        _time.Advance(TimeSpan.FromSeconds(secondsBetween));
        Fail(id, there);
    }

    private void Fail(long id, long there) => _stranded.Failed(Shipment(id, Size, there), FailureKind.VesselFull, Full, Size - there);

    private void FailSmall(long id) => _stranded.Failed(Shipment(id, 4, 0, begun: false), FailureKind.VesselFull, Full, 4);

    private long[] Hopeless(params long[] underWay) => [.. _stranded.TakeHopeless(underWay).GivenUp.Select(static version => version.Id)];

    private Shipment Shipment(long id, long size, long there, bool begun = true)
    {
        FileVersion version = Cargo.Version(id, size) with { ChunkSizeInBytes = 10 << 20 };
        return new Shipment(Cargo.Delivery(version, new ChunkProgress(0, there, null)), _progress.Begin(version))
        {
            Layout = begun ? new PartLayout(version.Path, PartName.NewId(), null, InPieces: false) : null,
        };
    }
}
