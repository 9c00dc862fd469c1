using ContentMonster.Ledger;
using ContentMonster.Tests.Ledger;

namespace ContentMonster.Tests.Simulation;

/// <summary>The ledger that simulated worlds use keeps the contract, too.</summary>
public sealed class SimulatedLedgerTests : LedgerConformanceSettings
{
    private SimulatedLedger? _ledger;

    private protected override HandClock Clock { get; } = new();

    private protected override Task<ILedger> OpenAsync() => Task.FromResult<ILedger>(_ledger ??= new SimulatedLedger(Clock));
}
