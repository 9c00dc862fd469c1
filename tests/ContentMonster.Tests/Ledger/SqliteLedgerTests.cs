using ContentMonster.Ledger;

namespace ContentMonster.Tests.Ledger;

/// <summary>The SQLite ledger keeps the contract.</summary>
public sealed class SqliteLedgerTests : LedgerConformanceSettings
{
    private readonly LedgerRoom _room = new();

    private protected override HandClock Clock => _room.Clock;

    [Fact]
    public async Task Sizes_whose_sum_no_number_holds_end_nothing()
    {
        await DeclareAsync(["v1"], new DirectoryRow("in", 0, ["v1"]));
        await RecordAsync(Seen("a", long.MaxValue));
        await RecordAsync(Seen("b", long.MaxValue));
        await RecordAsync(Seen("c", 1));
        (await DeclareAsync(Both)).AddedDeliveries.ShouldBe([("v2", 3, long.MaxValue)]);
        (await TotalsOfAsync("v2")).WaitingBytes.ShouldBe(long.MaxValue);
        await ReopenAsync();
        (await DeclareAsync(["v1"], new DirectoryRow("in", 0, ["v1"]))).RemovedVessels.ShouldBe([("v2", 3, long.MaxValue)]);
        (await QueueAsync()).Count.ShouldBe(3);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _room.Dispose();
    }

    private protected override async Task<ILedger> OpenAsync() => await _room.OpenAsync();
}
