using ContentMonster.Ledger;

namespace ContentMonster.Tests.Ledger;

/// <summary>The SQLite ledger keeps the contract.</summary>
public sealed class SqliteLedgerTests : LedgerConformanceSettings
{
    private readonly LedgerRoom _room = new();

    private protected override HandClock Clock => _room.Clock;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _room.Dispose();
    }

    private protected override async Task<ILedger> OpenAsync() => await _room.OpenAsync();
}
