using ContentMonster.Ledger;
using ContentMonster.Model;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Delivering;

public sealed class StarvingTests
{
    private const string Reason = "Could not make the directory bad on v1, because there is a file of that name.";
    private const string Untried = "Not tried this time, because others failed that go to the same place: ";

    [Fact]
    public async Task A_place_where_nothing_goes_does_not_keep_the_rest_of_the_queue_waiting()
    {
        await using DeliveryRig rig = await DeliveryRig.WithAsync("v1");
        rig.AddDirectory("bad");
        await File.WriteAllTextAsync(Path.Combine(rig.HomeOf("v1"), "bad"), "a file where the directory should be", DeliveryRig.Token);
        for (int number = 0; number < 600; number++)
        {
            rig.Put($"file {number}", 100, "bad");
        }

        await rig.StartAsync();
        await rig.UntilAsync(async () => (await rig.Engine.TotalsAsync(DeliveryRig.Token)).LiveFiles == 600, "known");
        rig.Put("good", 100);
        await rig.UntilArchivedAsync("good");
        MissingAt? missing = null;
        await rig.UntilAsync(
            async () => (missing = (await rig.Engine.MissingAsync(1, DeliveryRig.Token)).Single().Missing.Single()).Kind is not null, "the first of them has been tried");
        missing!.Kind.ShouldBe(FailureKind.ParentRefused);
        missing.LastError.ShouldBeOneOf(Reason, Untried + Reason);
        await rig.UntilAsync(
            async () => (await rig.Engine.MissingAsync(600, DeliveryRig.Token)).Any(one => one.Missing[0].LastError == Untried + Reason),
            "of those that were not tried is told why they wait");
        (await rig.Engine.TotalsAsync(DeliveryRig.Token)).Vessels.Single().WaitingFiles.ShouldBe(600);
        rig.Log.Lines.Count(line => line.Contains("steps back", StringComparison.Ordinal)).ShouldBeLessThan(600, "they step back together, not each by a failure of its own");
    }
}
