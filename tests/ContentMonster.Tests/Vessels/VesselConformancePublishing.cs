using ContentMonster.Model;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Vessels;

/// <summary>Whole files under their final names.</summary>
public abstract class VesselConformancePublishing : VesselConformanceSending
{
    private protected VesselConformancePublishing(VesselRig rig)
        : base(rig)
    {
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("it's \"$(touch x)\" `id`; -rf")]
    [InlineData("new\nline \\ \t*")]
    [InlineData("\u00ff\u00fe no UTF-8")]
    public async Task A_file_is_published_with_its_mode_and_time_whatever_its_name(string name)
    {
        byte[] content = Bytes(12_345);
        BytePath part = await PartAsync(Name(name), content);
        PublishOutcome outcome = await PublishAsync(Request(part, Name(name), content.Length));
        (outcome.Done, outcome.Durable, outcome.Failure).ShouldBe((true, Vessel.Facts.CanSync, null));
        Content(Name(name)).ShouldBe(content);
        Content(part).ShouldBeNull();
        RemoteLook look = (await Vessel.LookAsync(Name(name), Token))!;
        (look.Mode & 0x1FF, look.ModifiedUnixSeconds).ShouldBe((0x1A0, Modified));
    }

    [Fact]
    public async Task What_stood_there_is_replaced_and_nothing_is_left_beside_it()
    {
        Put(Name("file"), Bytes(99));
        byte[] content = Bytes(500);
        BytePath part = await PartAsync(Name("file"), content);
        (await PublishAsync(Request(part, Name("file"), content.Length))).Done.ShouldBeTrue();
        Content(Name("file")).ShouldBe(content);
        Content(PartName.SetAside(part)).ShouldBeNull();
    }

    [Fact]
    public async Task What_an_earlier_try_had_set_aside_does_not_stand_in_the_way()
    {
        Put(Name("file"), Bytes(99));
        byte[] content = Bytes(500);
        BytePath part = await PartAsync(Name("file"), content);
        byte[] aside = Bytes(98);
        Put(PartName.SetAside(part), aside);
        PublishOutcome outcome = await PublishAsync(Request(part, Name("file"), content.Length));
        (outcome.Done, outcome.Failure).ShouldBe((true, null));
        Content(Name("file")).ShouldBe(content);

        // Where a file is replaced in one step nothing is ever set aside, and what has such a name is not ours.
        Content(PartName.SetAside(part)).ShouldBe(Vessel.Facts.CanReplace ? aside : null);
    }

    [Fact]
    public async Task In_a_batch_each_file_has_its_own_outcome()
    {
        byte[] good = Bytes(40);
        byte[] cut = Bytes(41);
        Put(Name("a directory/inside"), Bytes(1));
        PublishRequest[] requests =
        [
            Request(await PartAsync(Name("good"), good), Name("good"), 40), Request(PartOf(Name("never sent")), Name("never sent"), 40), Request(await PartAsync(Name("cut"), cut), Name("cut"), 42),
            Request(await PartAsync(Name("a directory"), good), Name("a directory"), 40), Request(await PartAsync(Name("empty"), []), Name("empty"), 0),
        ];
        IReadOnlyList<PublishOutcome> outcomes = await Vessel.PublishAsync(requests, Token);
        outcomes.Select(outcome => outcome.Failure?.Kind).ShouldBe([null, FailureKind.PartMissing, FailureKind.DataCorrupt, FailureKind.DestinationRefused, null]);
        outcomes.Select(outcome => outcome.Done).ShouldBe([true, false, false, false, true]);
        Content(Name("good")).ShouldBe(good);
        Content(Name("empty")).ShouldBe([]);
        Content(Name("cut")).ShouldBeNull();
        Content(Name("never sent")).ShouldBeNull();
    }

    [Fact]
    public async Task Published_again_after_a_lost_reply_it_fails_alone_and_what_is_there_stays()
    {
        byte[] content = Bytes(77);
        PublishRequest request = Request(await PartAsync(Name("file"), content), Name("file"), 77);
        (await PublishAsync(request)).Done.ShouldBeTrue();
        (await PublishAsync(request)).Failure!.Kind.ShouldBe(FailureKind.PartMissing);
        Content(Name("file")).ShouldBe(content);
        (await Vessel.AdoptAsync(request, Token)).ShouldBe(Vessel.Facts.CanSync);
        Content(Name("file")).ShouldBe(content);
    }

    [Fact]
    public async Task A_file_that_is_there_is_taken_over_with_mode_and_time()
    {
        Put(Name("file"), Bytes(55));
        (await Vessel.AdoptAsync(Request(PartOf(Name("file")), Name("file"), 55), Token)).ShouldBe(Vessel.Facts.CanSync);
        RemoteLook look = (await Vessel.LookAsync(Name("file"), Token))!;
        (look.Mode & 0x1FF, look.ModifiedUnixSeconds).ShouldBe((0x1A0, Modified));
    }

    [Fact]
    public async Task After_a_replacement_that_broke_between_two_renames_a_sweep_puts_the_older_file_back_and_elsewhere_touches_none()
    {
        BytePath part = PartOf(Name("file"));
        BytePath done = PartOf(Name("done"));
        byte[] older = Bytes(20);
        byte[] newer = Bytes(21);
        Put(PartName.SetAside(part), older);
        Put(PartName.SetAside(done), older);
        Put(Name("done"), newer);
        await Vessel.SweepAsync([part, done], Token);
        bool twoSteps = !Vessel.Facts.CanReplace;
        Content(Name("file")).ShouldBe(twoSteps ? older : null);
        Content(Name("done")).ShouldBe(newer);
        Content(PartName.SetAside(part)).ShouldBe(twoSteps ? null : older);
        Content(PartName.SetAside(done)).ShouldBe(twoSteps ? null : older);
    }

    [Fact]
    public async Task Many_files_at_once_are_all_whole()
    {
        byte[][] contents = [.. Enumerable.Range(0, 60).Select(number => Bytes(number * 777))];
        BytePath[] names = [.. contents.Select((_, at) => Name($"d{at % 3}/f{at}"))];
        PublishRequest[] requests = [.. contents.Select((content, at) => Request(PartOf(names[at]), names[at], content.Length))];
        await Task.WhenAll(contents.Select((content, at) => Lane.SendAsync(requests[at].Part, create: true, 0, new Source(content), 0, content.Length, null, Token)));
        IReadOnlyList<PublishOutcome> outcomes = await Vessel.PublishAsync(requests, Token);
        outcomes.ShouldAllBe(outcome => outcome.Done);
        for (int at = 0; at < contents.Length; at++)
        {
            Content(names[at]).ShouldBe(contents[at]);
        }
    }
}
