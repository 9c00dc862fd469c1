using ContentMonster.Delivering;
using ContentMonster.Diagnostics;
using ContentMonster.Model;

namespace ContentMonster.Tests.Delivering;

public sealed class ActiveLoadsTests
{
    private readonly ActiveLoads _loads = new();

    [Fact]
    public void What_was_set_apart_of_an_archive_goes_one_by_one_and_is_forgotten_when_it_has_gone()
    {
        Delivery delivery = Cargo.Delivery(Cargo.Version(1, 100));
        Shipment packed = Begin(delivery, Load.Packed);
        _loads.SetApart([delivery]);
        _loads.End([packed], Load.Packed);
        _loads.MayGoPacked(delivery).ShouldBeFalse();

        Shipment alone = Begin(delivery, Load.Small);
        _loads.MayGoPacked(delivery).ShouldBeFalse();
        _loads.End([alone], Load.Small);

        // A visit may last for weeks, and all files may be such.
        _loads.MayGoPacked(delivery).ShouldBeTrue();
        _loads.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public void An_archive_that_was_booked_for_a_file_which_goes_alone_now_may_be_swept()
    {
        BytePath archive = PartName.Pack(BytePath.FromText("inbox"), PartName.NewId());
        BytePath part = PartName.Sibling(BytePath.FromText("inbox/f"), PartName.NewId());
        Begin(Cargo.Delivery(Cargo.Version(1, 100)) with { Part = archive }, Load.Small);
        Begin(Cargo.Delivery(Cargo.Version(2, 100)) with { Part = part }, Load.Small);
        _loads.Parts().ShouldContain(part);
        _loads.Parts().ShouldNotContain(archive);
    }

    [Fact]
    public void An_archive_that_is_on_the_vessel_counts_by_itself_until_it_has_ended()
    {
        Shipment[][] packs = [BeginAll(1), BeginAll(2), BeginAll(3)];
        _loads.Packs.ShouldBe((3, 0));
        _loads.Sent(packs[0]);
        _loads.Sent(packs[1]);
        _loads.Packs.ShouldBe((1, 2));
        _loads.End(packs[0], Load.Packed);
        _loads.End(packs[2], Load.Packed);
        _loads.Packs.ShouldBe((0, 1));
        _loads.End(packs[1], Load.Packed);
        _loads.Packs.ShouldBe((0, 0));
    }

    private Shipment[] BeginAll(long id)
    {
        Shipment[] begun = [];
        _loads.Begin([Cargo.Delivery(Cargo.Version(id, 100))], Load.Packed, static one => new Shipment(one, new VesselProgress.ActiveEntry(one.Version)), (_, shipments) =>
        {
            begun = shipments;
            return Task.CompletedTask;
        }).ShouldBeTrue();
        return begun;
    }

    private Shipment Begin(Delivery delivery, Load load)
    {
        Shipment? begun = null;
        _loads.Begin([delivery], load, one => begun = new Shipment(one, new VesselProgress.ActiveEntry(one.Version)), (_, _) => Task.CompletedTask).ShouldBeTrue();
        return begun!;
    }
}
