using ContentMonster.Delivering;
using ContentMonster.Diagnostics;
using ContentMonster.Ledger;
using ContentMonster.Model;
using ContentMonster.Tests.Ledger;

namespace ContentMonster.Tests.Delivering;

public sealed class VesselOfficeTests
{
    [Fact]
    public async Task What_a_vessel_loses_and_takes_again_is_no_progress()
    {
        using var room = new LedgerRoom();
        await using SqliteLedger ledger = await room.OpenAsync();
        using var sources = new SourceLibrary(ledger, new Dictionary<string, string>(StringComparer.Ordinal));
        var board = new ProgressBoard(TimeProvider.System);
        VesselOffice office = WorkerBench.Office(ledger, sources, board);
        FileVersion version = Cargo.Version(1, 4 * Cargo.ChunkSize);
        Shipment Attempt(params ChunkProgress[] chunks) => new(Cargo.Delivery(version, chunks), board.Vessel("v").Begin(version));

        Shipment first = Attempt();
        office.IsProgress(first, packed: false).ShouldBeFalse("nothing is there");
        first.Advance(0, 1_000, 1_000);
        office.IsProgress(first, packed: false).ShouldBeTrue();

        Shipment again = Attempt();
        again.Advance(0, 1_000, 1_000);
        office.IsProgress(again, packed: false).ShouldBeFalse("as far as before");
        again.Advance(0, 1_001, 1);
        office.IsProgress(again, packed: false).ShouldBeTrue();

        office.IsProgress(again, packed: true).ShouldBeTrue("an archive is begun anew each time");
        office.ForgetHowFar(version.Id);
        Shipment resumed = Attempt(new ChunkProgress(0, 2_000, null));
        office.IsProgress(resumed, packed: false).ShouldBeFalse("what the ledger knew");
        resumed.Advance(0, 2_001, 1);
        office.IsProgress(resumed, packed: false).ShouldBeTrue();
    }

    [Theory]
    [InlineData(false, 6, 0, 0, 6)]
    [InlineData(false, 6, 6, 0, 0)]
    [InlineData(false, 6, 2, 6, 4)] // those that are there are not in the way of others
    [InlineData(false, 6, 2, 9, 1)] // but for very many
    [InlineData(false, 1, 0, 2, 0)]
    [InlineData(true, 6, 0, 0, 2)]
    [InlineData(true, 6, 1, 0, 1)]
    [InlineData(true, 6, 1, 1, 0)]
    [InlineData(true, 4, 0, 0, 2)]
    [InlineData(true, 3, 0, 0, 1)]
    [InlineData(true, 1, 0, 0, 1)]
    [InlineData(true, 1, 0, 1, 0)]
    public async Task Archives_are_begun_while_few_are_to_be_sent_and_nearby_while_few_are_under_way(bool nearby, int atOnce, int sending, int sent, int begun)
    {
        using var room = new LedgerRoom();
        await using SqliteLedger ledger = await room.OpenAsync();
        using var sources = new SourceLibrary(ledger, new Dictionary<string, string>(StringComparer.Ordinal));
        var office = WorkerBench.Office(ledger, sources, new ProgressBoard(TimeProvider.System), packsAtOnce: atOnce);
        office.Packs(nearby, (sending, sent)).Count.ShouldBe(begun);
    }
}
