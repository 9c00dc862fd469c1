using System.Reflection;
using ContentMonster.Configuration;
using ContentMonster.Delivering;
using ContentMonster.Diagnostics;
using ContentMonster.Ledger;
using ContentMonster.Model;
using ContentMonster.Planning;
using ContentMonster.Tests.Simulation;
using ContentMonster.Vessels;
using Microsoft.Extensions.Logging.Abstractions;

namespace ContentMonster.Tests.Delivering;

public sealed class SweeperTests
{
    private static readonly BytePath Left = BytePath.FromText("left");
    private static readonly BytePath Shipped = BytePath.FromText("shipped");
    private static readonly BytePath Probe = BytePath.FromText("probe");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_in_use_is_neither_removed_nor_crossed_out()
    {
        var clock = new SimulatedClock();
        await using var ledger = new SimulatedLedger(clock);
        await ledger.DeclareAsync([new("in", 0, ["ship"])], ["ship"], Token);
        foreach (BytePath part in new[] { Left, Shipped, Probe })
        {
            await ledger.LitteredAsync("ship", part, Token);
        }

        IVessel vessel = ProbedVessel.With(Probe, out List<BytePath> removed);
        Sweeper sweeper = Of(vessel, ledger, clock);
        (await sweeper.SweepAsync(new HashSet<BytePath> { Shipped }, Token)).ShouldBeTrue();
        removed.ShouldBe([Left]);
        (await ledger.LitterAsync("ship", 10, Token)).ShouldBe([Shipped, Probe]);
        (await sweeper.SweepAsync(new HashSet<BytePath> { Shipped }, Token)).ShouldBeFalse();
        removed.ShouldBe([Left]);
    }

    private static Sweeper Of(IVessel vessel, ILedger ledger, TimeProvider clock)
    {
        VesselProgress progress = new ProgressBoard(clock).Vessel("ship");
        var office = new VesselOffice
        {
            Settings = new VesselSettings { Name = "ship", Address = "ship" },
            Ledger = ledger,
            Sources = new SourceLibrary(ledger, new Dictionary<string, string>(StringComparer.Ordinal)),
            Progress = progress,
            Time = clock,
            Random = new Random(1),
            Logger = NullLogger.Instance,
            DestinationOf = version => version.Path,
            Delivered = static () => { },
        };
        return new Sweeper(vessel, office, new LaneCrew(vessel, new LoadingDock(), new LanePlan(1), progress, clock, NullLogger.Instance));
    }

    /// <summary>A vessel that has a file of its own and tells what it was asked to remove.</summary>
#pragma warning disable CA1852 // DispatchProxy makes a type that derives from it.
    internal class ProbedVessel : DispatchProxy
#pragma warning restore CA1852
    {
        private readonly List<BytePath> _removed = [];
        private BytePath _own;

        public static IVessel With(BytePath own, out List<BytePath> removed)
        {
            IVessel vessel = Create<IVessel, ProbedVessel>();
            ((ProbedVessel)(object)vessel)._own = own;
            removed = ((ProbedVessel)(object)vessel)._removed;
            return vessel;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            switch (targetMethod!.Name)
            {
                case "get_Name":
                    return "ship";
                case nameof(IVessel.Owns):
                    return _own == (BytePath)args![0]!;
                case nameof(IVessel.SweepAsync):
                    _removed.AddRange((IReadOnlyList<BytePath>)args![0]!);
                    return Task.CompletedTask;
                default:
                    throw new NotSupportedException(targetMethod.Name);
            }
        }
    }
}
