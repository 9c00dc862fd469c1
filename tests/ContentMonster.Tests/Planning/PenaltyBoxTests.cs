using ContentMonster.Model;
using ContentMonster.Planning;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Planning;

public sealed class PenaltyBoxTests
{
    private readonly ManualTime _time = new();
    private readonly PenaltyBox<string> _box;

    public PenaltyBoxTests() => _box = new PenaltyBox<string>(_time);

    [Fact]
    public void Three_failures_alike_shut_a_place_and_no_other()
    {
        Fail(2, FailureKind.PermissionDenied);
        _box.Sentence("a", 1).ShouldBeNull();
        Fail(1, FailureKind.PermissionDenied);
        _box.Sentence("a", 1)!.Value.Kind.ShouldBe(FailureKind.PermissionDenied);
        _box.Sentence("b", 1).ShouldBeNull();
    }

    [Fact]
    public void One_command_that_hangs_shuts_its_place_and_no_other_and_for_longer()
    {
        Fail(1, FailureKind.CommandHangs);
        _box.Sentence("a", 1)!.Value.Left.ShouldBe(TimeSpan.FromMinutes(2));
        _box.Sentence("b", 1).ShouldBeNull();
        Fail(5, FailureKind.CommandHangs);
        _time.Advance(TimeSpan.FromMinutes(2));
        _box.Sentence("a", 1).ShouldBeNull();
        Fail(1, FailureKind.CommandHangs);
        _box.Sentence("a", 1)!.Value.Left.ShouldBe(TimeSpan.FromMinutes(4));
    }

    [Fact]
    public void Neither_a_shorter_sentence_nor_a_full_disk_makes_that_of_a_command_that_hangs_shorter()
    {
        Fail(3, FailureKind.Refused);
        Fail(1, FailureKind.CommandHangs);
        _box.Sentence("a", 1)!.Value.Left.ShouldBe(TimeSpan.FromMinutes(2));
        Fail(1, FailureKind.VesselFull);
        _box.Sentence("a", 0)!.Value.Left.ShouldBe(TimeSpan.FromMinutes(2), "a smaller file would hang there, too");
    }

    [Fact]
    public void Failures_of_different_kinds_are_no_verdict()
    {
        Fail(2, FailureKind.PermissionDenied);
        Fail(2, FailureKind.Refused);
        _box.Sentence("a", 1).ShouldBeNull();
    }

    [Fact]
    public void The_sentence_ends_and_grows_with_each_failure_after_it()
    {
        Fail(3, FailureKind.Refused);
        TimeSpan first = _box.Sentence("a", 1)!.Value.Left;
        first.ShouldBe(TimeSpan.FromSeconds(5));
        _time.Advance(first);
        _box.Sentence("a", 1).ShouldBeNull();
        Fail(1, FailureKind.Refused);
        _box.Sentence("a", 1)!.Value.Left.ShouldBe(TimeSpan.FromSeconds(10));
        for (int sentence = 0; sentence < 20; sentence++)
        {
            _time.Advance(_box.Sentence("a", 1)!.Value.Left);
            Fail(1, FailureKind.Refused);
        }

        _box.Sentence("a", 1)!.Value.Left.ShouldBe(Backoff.Longest);
    }

    [Fact]
    public void Hundreds_that_fail_side_by_side_are_one_verdict()
    {
        Fail(200, FailureKind.VesselFull);
        _box.Sentence("a", 1)!.Value.Left.ShouldBe(TimeSpan.FromSeconds(5));
        _time.Advance(TimeSpan.FromSeconds(5));
        Fail(200, FailureKind.VesselFull);
        _box.Sentence("a", 1)!.Value.Left.ShouldBe(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void Among_those_that_fail_side_by_side_the_word_that_it_is_full_counts_and_no_other_lifts_the_sentence()
    {
        Fail(3, FailureKind.Refused);
        Fail(1, FailureKind.PermissionDenied);
        _box.Sentence("a", 1)!.Value.Kind.ShouldBe(FailureKind.Refused);
        Fail(1, FailureKind.VesselFull);
        Fail(1, FailureKind.Refused);
        _box.Sentence("a", 1)!.Value.Kind.ShouldBe(FailureKind.VesselFull);
        _box.Sentence("a", 0).ShouldBeNull();
    }

    [Fact]
    public void A_delivery_there_opens_the_place_and_so_does_somebody_who_says_so()
    {
        Fail(3, FailureKind.Refused);
        _box.Succeeded("a", 1);
        _box.Sentence("a", 1).ShouldBeNull();
        Fail(3, FailureKind.Refused);
        _box.Empty();
        _box.Sentence("a", 1).ShouldBeNull();
    }

    [Fact]
    public void A_full_disk_keeps_out_what_is_as_large_and_lets_smaller_files_through()
    {
        _box.Failed("a", FailureKind.VesselFull, 300, "full");
        _box.Failed("a", FailureKind.VesselFull, 100, "full");
        _box.Failed("a", FailureKind.VesselFull, 200, "full");
        _box.Sentence("a", 99).ShouldBeNull();
        _box.Sentence("a", 100).ShouldNotBeNull();
        _box.Succeeded("a", 99);
        _box.Sentence("a", 100).ShouldNotBeNull("a small file that fitted says nothing of a large one");
        _box.Succeeded("a", 100);
        _box.Sentence("a", 100).ShouldBeNull();
    }

    [Fact]
    public void Three_that_fail_alike_are_news_what_fails_beside_them_is_not_unless_for_a_reason_of_its_own()
    {
        Enumerable.Range(0, 5).Select(_ => _box.Failed("a", FailureKind.VesselFull, 1, "full")).ShouldBe([true, true, true, false, false]);
        _box.Failed("a", FailureKind.Refused, 1, "refused").ShouldBeFalse("a full disk is often told so");
        _box.Failed("a", FailureKind.PermissionDenied, 1, "not allowed").ShouldBeTrue();
        _box.Failed("a", FailureKind.PermissionDenied, 1, "not allowed").ShouldBeFalse();
        _box.Failed("b", FailureKind.VesselFull, 1, "full").ShouldBeTrue();
        Enumerable.Range(0, 4).Select(_ => _box.Failed("c", FailureKind.Refused, 1, "refused")).ShouldBe([true, true, true, false]);
        _box.Failed("c", FailureKind.VesselFull, 1, "full").ShouldBeTrue("the truer word is told");
    }

    private void Fail(int times, FailureKind kind)
    {
        for (int time = 0; time < times; time++)
        {
            _box.Failed("a", kind, 1, "why");
        }
    }
}
