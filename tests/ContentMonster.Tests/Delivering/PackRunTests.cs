using ContentMonster.Delivering;
using ContentMonster.Diagnostics;
using ContentMonster.Model;
using ContentMonster.Tests.Support;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Delivering;

public sealed class PackRunTests
{
    private static readonly VesselException TooLong = new(FailureKind.Refused, "Could not look at it, because its name is too long.");
    private static readonly VesselException Gone = new(FailureKind.ConnectionLost, "Could not look at it, because the connection ended.");
    private static readonly RemoteLook There = new(RemoteKind.Regular, 1, 0, 420, 0);

    [Fact]
    public async Task A_file_that_cannot_be_looked_at_goes_alone_and_fails_no_other()
    {
        PackOutcome outcome = await RunAsync(file => file == "file2" ? Task.FromException<RemoteLook?>(TooLong) : Task.FromResult<RemoteLook?>(There));
        outcome.Alone.Select(delivery => delivery.Version.Id).ShouldBe([1, 2, 3]);
        outcome.Failed.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_a_listing_names_is_not_looked_at_again()
    {
        BytePath[] there = [.. Enumerable.Range(1, KnownNames.LeastLooks).Select(id => Cargo.Version(id, 1_000).Path.Name)];
        PackOutcome outcome = await RunAsync(_ => Task.FromException<RemoteLook?>(Gone), there.ToHashSet());
        outcome.Alone.Count.ShouldBe(KnownNames.LeastLooks);
    }

    [Fact]
    public async Task A_link_that_breaks_meanwhile_is_told_as_such() =>
        (await Should.ThrowAsync<VesselException>(() => RunAsync(_ => Task.FromException<RemoteLook?>(Gone)))).IsOfTheLink.ShouldBeTrue();

    [Fact]
    public void Each_file_of_a_pack_shows_its_part_of_what_is_acknowledged_and_nothing_of_it_is_saved()
    {
        (Shipment packed, VesselProgress.ActiveEntry shown) = Begin(1, 1_000);
        (Shipment other, VesselProgress.ActiveEntry otherShown) = Begin(2, 1_000);
        new PackShare([packed, other], new HashSet<long> { 1 }).Acknowledged(2_500, 10_000);
        packed.BytesSent.ShouldBe(250);
        shown.ToFile().AcknowledgedBytes.ShouldBe(250);
        packed.TakeUnsaved().ShouldBeEmpty();
        other.BytesSent.ShouldBe(0);
        otherShown.ToFile().AcknowledgedBytes.ShouldBe(0);
    }

    private static Task<PackOutcome> RunAsync(Func<string, Task<RemoteLook?>> look, HashSet<BytePath>? names = null)
    {
        var vessel = new HandVessel<IVesselLane> { Look = path => look(path.ToString()), List = _ => Task.FromResult<IReadOnlySet<BytePath>?>(names) };
        Delivery[] deliveries = [.. Enumerable.Range(1, names?.Count ?? 3).Select(id => Cargo.Delivery(Cargo.Version(id, 1_000)))];
        var progress = new VesselProgress("v", new ManualTime());
        Shipment[] shipments = [.. deliveries.Select(delivery => new Shipment(delivery, progress.Begin(delivery.Version)))];
        var tools = new ShipmentTools(vessel, null!, null!, null!, null!, null!, null!, version => version.Path, progress);
        tools.FoundAny.Value = true; // So the answers are waited for.
        return new PackRun(tools, deliveries, shipments).RunAsync(TestContext.Current.CancellationToken);
    }

    private static (Shipment, VesselProgress.ActiveEntry) Begin(long id, long size)
    {
        FileVersion version = Cargo.Version(id, size);
        var shown = new VesselProgress.ActiveEntry(version);
        return (new Shipment(Cargo.Delivery(version), shown), shown);
    }
}
