using System.Reflection;
using ContentMonster.Configuration;
using ContentMonster.Delivering;
using ContentMonster.Diagnostics;
using ContentMonster.Ledger;
using ContentMonster.Model;
using ContentMonster.Planning;
using ContentMonster.Tests.Simulation;
using ContentMonster.Tests.Support;
using ContentMonster.Vessels;
using Microsoft.Extensions.Logging;
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
        Sweeper sweeper = Of(vessel, Office(ledger, clock));
        (await sweeper.SweepAsync(new HashSet<BytePath> { Shipped }, Token)).ShouldBeTrue();
        removed.ShouldBe([Left]);
        (await ledger.LitterAsync("ship", 10, Token)).ShouldBe([Shipped, Probe]);
        (await sweeper.SweepAsync(new HashSet<BytePath> { Shipped }, Token)).ShouldBeFalse();
        removed.ShouldBe([Left]);
    }

    [Theory]
    [InlineData(FailureKind.PermissionDenied)]
    [InlineData(FailureKind.ConnectionLost)] // it may have hung
    public async Task What_cannot_be_removed_from_an_earlier_TempDir_is_not_asked_for_again_and_holds_up_nothing_else(FailureKind failure)
    {
        var clock = new SimulatedClock();
        await using var ledger = new SimulatedLedger(clock);
        await ledger.DeclareAsync([new("in", 0, ["ship"])], ["ship"], Token);
        BytePath old = PartName.InTempDir(BytePath.FromText("tmp/shore"), PartName.NewId());
        await ledger.LitteredAsync("ship", old, Token);
        await ledger.LitteredAsync("ship", Left, Token);
        VesselOffice office = Office(ledger, clock);
        IVessel vessel = ProbedVessel.With(Probe, out List<BytePath> asked, part => part == old ? new VesselException(failure, "no") : null);
        Sweeper sweeper = Of(vessel, office);
        try
        {
            (await sweeper.LeaveAsync(Token)).ShouldBeFalse();
        }
        catch (VesselException lost)
        {
            (lost.Kind, failure).ShouldBe((FailureKind.ConnectionLost, FailureKind.ConnectionLost));
        }

        (await sweeper.LeaveAsync(Token)).ShouldBeFalse();
        (await Of(vessel, office).LeaveAsync(Token)).ShouldBeFalse();
        (await sweeper.SweepAsync(new HashSet<BytePath>(), Token)).ShouldBeTrue();
        asked.ShouldBe([old, Left]);
        (await ledger.LeftBehindAsync("ship", 10, Token)).ShouldBe([old]);
        (await Of(ProbedVessel.With(Probe, out _), Office(ledger, clock)).LeaveAsync(Token)).ShouldBeTrue();
        (await ledger.LeftBehindAsync("ship", 10, Token)).ShouldBeEmpty();
    }

    [Fact]
    public async Task One_that_cannot_be_removed_keeps_no_other_in_the_ledger_and_is_told_once_and_tried_again_after_longer_and_longer()
    {
        var clock = new ManualTime();
        await using var ledger = new SimulatedLedger(clock);
        await ledger.DeclareAsync([new("in", 0, ["ship"])], ["ship"], Token);
        await ledger.LitteredAsync("ship", Shipped, Token);
        await ledger.LitteredAsync("ship", Left, Token);
        bool refuses = true;
        IVessel vessel = ProbedVessel.With(Probe, out List<BytePath> asked, part => refuses && part == Shipped ? new VesselException(FailureKind.PermissionDenied, "no") : null);
        var logger = new RecordingLogger();
        VesselOffice office = Office(ledger, clock, logger);
        (await SweepAsync()).ShouldBeTrue();
        (await ledger.LitterAsync("ship", 10, Token)).ShouldBe([Shipped]);
        for (int i = 0; i < 100; i++)
        {
            (await SweepAsync()).ShouldBeFalse();
        }

        (asked.Count, office.CannotSweep).ShouldBe((2, true));
        foreach (int seconds in new[] { 1, 2, 4 })
        {
            clock.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromMilliseconds(1));
            asked.Clear();
            await SweepAsync();
            asked.ShouldBeEmpty();
            clock.Advance(TimeSpan.FromMilliseconds(1));
            await SweepAsync();
            asked.ShouldBe([Shipped]);
        }

        logger.Lines.Count.ShouldBe(1);
        refuses = false;
        clock.Advance(TimeSpan.FromMinutes(10));
        (await SweepAsync()).ShouldBeTrue();
        (await ledger.LitterAsync("ship", 10, Token)).ShouldBeEmpty();
        (await SweepAsync()).ShouldBeFalse();
        office.CannotSweep.ShouldBeFalse();

        // Each visit has a sweeper of its own.
        Task<bool> SweepAsync() => Of(vessel, office).SweepAsync(new HashSet<BytePath>(), Token);
    }

    [Fact]
    public async Task What_a_broken_lane_cut_short_is_done_over_another_one_at_once_and_is_not_given_up()
    {
        var clock = new SimulatedClock();
        await using var ledger = new SimulatedLedger(clock);
        await ledger.DeclareAsync([new("in", 0, ["ship"])], ["ship"], Token);
        await ledger.LitteredAsync("ship", Left, Token);
        List<BytePath> removed = [];
        IVessel vessel = ProbedVessel.With(Probe, out List<BytePath> asked, _ => removed.Count <= 3 ? new VesselException(FailureKind.ConnectionLost, "lost") : null);
        removed = asked;
        VesselOffice office = Office(ledger, clock);
        using var over = new CancellationTokenSource();
        LaneCrew crew = CrewOf(vessel, office);
        crew.Begin(over.Token);
        await Eventually.BeTrueAsync(() => crew.AnyOpen, "a lane is open");
        var sweeper = new Sweeper(vessel, office, crew);
        (await sweeper.SweepAsync(new HashSet<BytePath>(), Token)).ShouldBeFalse();
        (asked.Count, office.CannotSweep).ShouldBe((2, false));
        (await sweeper.SweepAsync(new HashSet<BytePath>(), Token)).ShouldBeTrue();
        asked.Count.ShouldBe(4);
        (await ledger.LitterAsync("ship", 10, Token)).ShouldBeEmpty();
        await over.CancelAsync();
        await crew.EndedAsync();
    }

    private static VesselOffice Office(ILedger ledger, TimeProvider clock, ILogger? logger = null) => new()
    {
        Settings = new VesselSettings { Name = "ship", Address = "ship" },
        Ledger = ledger,
        Sources = new SourceLibrary(ledger, new Dictionary<string, string>(StringComparer.Ordinal)),
        Progress = new ProgressBoard(clock).Vessel("ship"),
        Time = clock,
        Random = new Random(1),
        Logger = logger ?? NullLogger.Instance,
        DestinationOf = version => version.Path,
        Delivered = static () => { },
    };

    private static Sweeper Of(IVessel vessel, VesselOffice office) => new(vessel, office, CrewOf(vessel, office));

    private static LaneCrew CrewOf(IVessel vessel, VesselOffice office) =>
        new(vessel, new LoadingDock(), new LanePlan(1), office.Progress, office.Time, NullLogger.Instance);

    private sealed class IdleLane : IVesselLane
    {
        private readonly TaskCompletionSource _ended = new();

        public Task Ended => _ended.Task;

        public LaneSigns Signs => default;

        public Task SendAsync(
            BytePath file, bool create, long remoteOffset, IChunkSource source, long sourceOffset, long length, Action<long>? acknowledged, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task ReleaseAsync(BytePath file, CancellationToken cancellationToken) => Task.CompletedTask;

        public ValueTask DisposeAsync()
        {
            _ended.TrySetResult();
            return ValueTask.CompletedTask;
        }
    }

    /// <summary>A vessel that has a file of its own and tells what it was asked to remove.</summary>
#pragma warning disable CA1852 // DispatchProxy makes a type that derives from it.
    internal class ProbedVessel : DispatchProxy
#pragma warning restore CA1852
    {
        private readonly List<BytePath> _removed = [];
        private BytePath _own;
        private Func<BytePath, VesselException?> _failure = static _ => null;

        public static IVessel With(BytePath own, out List<BytePath> removed, Func<BytePath, VesselException?>? failure = null)
        {
            IVessel vessel = Create<IVessel, ProbedVessel>();
            ((ProbedVessel)(object)vessel)._own = own;
            ((ProbedVessel)(object)vessel)._failure = failure ?? (static _ => null);
            removed = ((ProbedVessel)(object)vessel)._removed;
            return vessel;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            switch (targetMethod!.Name)
            {
                case "get_Name":
                    return "ship";
                case nameof(IVessel.OpenLaneAsync):
                    return Task.FromResult<IVesselLane>(new IdleLane());
                case nameof(IVessel.Owns):
                    return _own == (BytePath)args![0]!;
                case nameof(IVessel.SweepAsync):
                    var parts = (IReadOnlyList<BytePath>)args![0]!;
                    _removed.AddRange(parts);
                    var left = parts.Where(part => _failure(part) is not null).ToDictionary(static part => part, part => _failure(part)!);
                    return left.Values.FirstOrDefault(static failure => failure.IsOfTheLink) is { } lost
                        ? Task.FromException<IReadOnlyDictionary<BytePath, VesselException>>(lost)
                        : Task.FromResult<IReadOnlyDictionary<BytePath, VesselException>>(left);
                default:
                    throw new NotSupportedException(targetMethod.Name);
            }
        }
    }
}
