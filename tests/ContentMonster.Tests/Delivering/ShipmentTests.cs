using ContentMonster.Delivering;
using ContentMonster.Diagnostics;
using ContentMonster.Model;

namespace ContentMonster.Tests.Delivering;

public sealed class ShipmentTests
{
    private const string Boot = "boot-1";
    private static readonly FileVersion Version = Cargo.Version(1, (3 * Cargo.ChunkSize) + 10);

    [Fact]
    public void It_begins_where_the_ledger_left_off()
    {
        (Shipment shipment, VesselProgress.ActiveEntry shown) = Begin(new ChunkProgress(0, Cargo.ChunkSize, Boot), new ChunkProgress(1, 500, null));
        shipment.Acknowledged(0).ShouldBe(Cargo.ChunkSize);
        shipment.Acknowledged(1).ShouldBe(500);
        shipment.Acknowledged(2).ShouldBe(0);
        shipment.BytesSent.ShouldBe(0);
        shipment.TakeUnsaved().ShouldBeEmpty();
        shown.ToFile().AcknowledgedBytes.ShouldBe(Cargo.ChunkSize + 500);
    }

    [Fact]
    public void A_proof_counts_only_under_the_boot_it_was_made_in()
    {
        (Shipment shipment, _) = Begin(new ChunkProgress(0, Cargo.ChunkSize, Boot), new ChunkProgress(1, Cargo.ChunkSize, ""));
        shipment.IsVerified(0, Boot).ShouldBeTrue();
        shipment.IsVerified(0, "boot-2").ShouldBeFalse();
        shipment.IsVerified(0, "").ShouldBeFalse();
        shipment.IsVerified(1, "").ShouldBeFalse(); // Unknown and unknown are not the same boot.
    }

    [Fact]
    public void Bytes_are_counted_once_and_new_bytes_end_a_proof()
    {
        (Shipment shipment, VesselProgress.ActiveEntry shown) = Begin();
        shipment.Advance(1, 100, 100);
        shipment.Advance(1, 250, 150);
        shipment.Verified(1, Boot);
        shipment.IsVerified(1, Boot).ShouldBeTrue();
        shipment.Advance(1, 300, 50);
        shipment.IsVerified(1, Boot).ShouldBeFalse();
        shipment.BytesSent.ShouldBe(300);
        shown.AcknowledgedSinceSaved.ShouldBe(300);
        shipment.TakeUnsaved().ShouldBe([new ChunkProgress(1, 300, null)]);
        shipment.TakeUnsaved().ShouldBeEmpty();
        shown.AcknowledgedSinceSaved.ShouldBe(0);
    }

    [Fact]
    public void What_is_lost_beyond_a_point_is_sent_again_and_what_is_kept_stays_proved()
    {
        (Shipment shipment, VesselProgress.ActiveEntry shown) = Begin(new ChunkProgress(0, Cargo.ChunkSize, Boot), new ChunkProgress(1, Cargo.ChunkSize, Boot));
        shipment.Lost(0, Cargo.ChunkSize);
        shipment.Lost(1, 10);
        shipment.IsVerified(0, Boot).ShouldBeTrue();
        shipment.IsVerified(1, Boot).ShouldBeFalse();
        shipment.Acknowledged(1).ShouldBe(10);
        shown.ToFile().AcknowledgedBytes.ShouldBe(Cargo.ChunkSize + 10);
        shipment.TakeUnsaved().ShouldBe([new ChunkProgress(1, 10, null)]);
    }

    [Fact]
    public void Chunks_that_the_file_does_not_have_are_not_believed()
    {
        (Shipment shipment, VesselProgress.ActiveEntry shown) = Begin(new ChunkProgress(99, 5, null));
        shown.ToFile().AcknowledgedBytes.ShouldBe(0);
        shipment.Acknowledged(3).ShouldBe(0);
    }

    private static (Shipment, VesselProgress.ActiveEntry) Begin(params ChunkProgress[] chunks)
    {
        var shown = new VesselProgress.ActiveEntry(Version);
        return (new Shipment(Cargo.Delivery(Version, chunks), shown), shown);
    }
}
