using ContentMonster.Delivering;
using ContentMonster.Diagnostics;
using ContentMonster.Ledger;
using ContentMonster.Model;
using ContentMonster.Tests.Simulation;
using ContentMonster.Tests.Support;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Delivering;

/// <summary>What the server may yet carry out of an attempt that was given up, by a clock that the test moves.</summary>
public sealed class EarlierAttemptTests
{
    private const long Size = 100;
    private static readonly BytePath Sibling = BytePath.FromText(".file1.id.part");
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(5);
    private readonly ManualTime _time = new();
    private readonly List<BytePath> _swept = [];
    private readonly Dictionary<BytePath, RemoteLook> _there = [];
    private Action _onSweep = static () => { };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Where_a_replacement_takes_steps_what_stands_there_is_booked_only_when_a_late_first_step_has_had_its_time_and_is_swept()
    {
        EarlierAttempt earlier = Earlier(DeliveryState.Publishing, canReplace: false, acknowledged: 0);
        _time.Advance(TimeSpan.FromSeconds(1));
        Task settling = earlier.SettleAsync(Sibling, sweeps: false, Token);
        _time.Advance(Wait - TimeSpan.FromSeconds(1.1));
        settling.IsCompleted.ShouldBeFalse();
        _swept.ShouldBeEmpty();
        _time.Advance(TimeSpan.FromSeconds(0.1));
        await settling;
        _swept.ShouldBe([Sibling]);
    }

    [Theory]
    [InlineData(DeliveryState.Publishing, true)]
    [InlineData(DeliveryState.Sending, false)]
    public async Task Nobody_waits_where_a_rename_is_one_step_or_none_was_sent(DeliveryState state, bool canReplace)
    {
        EarlierAttempt earlier = Earlier(state, canReplace, acknowledged: 0);
        await earlier.SettleAsync(Sibling, sweeps: false, Token);
        _swept.ShouldBeEmpty();
        await earlier.SettleAsync(Sibling, sweeps: true, Token);
        _swept.ShouldBe([Sibling]);
    }

    [Theory]
    [InlineData(DeliveryState.Publishing, false, true, true)]
    [InlineData(DeliveryState.Publishing, true, true, false)] // it is there: what is missing is something else
    [InlineData(DeliveryState.Publishing, false, false, false)] // nothing stands in its place
    [InlineData(DeliveryState.Sending, false, true, false)] // no rename was sent
    public async Task An_unfinished_file_that_is_missing_was_renamed_late_if_what_it_was_stands_in_its_place(DeliveryState state, bool isThere, bool stands, bool first)
    {
        EarlierAttempt earlier = Earlier(state, canReplace: false, acknowledged: 0);
        RemoteLook right = new(RemoteKind.Regular, Size, null, null, 0);
        if (isThere)
        {
            _there[Sibling] = right;
        }

        if (stands)
        {
            _there[Cargo.Version(1, Size).Path] = right;
        }

        (await earlier.WasFirstAsync(Token)).ShouldBe(first);
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)] // a rename there is one step: nothing is moved aside
    public async Task What_a_late_first_step_moved_aside_is_put_back_before_anything_is_sent_again(bool canReplace, bool first)
    {
        EarlierAttempt earlier = Earlier(DeliveryState.Publishing, canReplace, acknowledged: 0);
        _onSweep = () => _there[Cargo.Version(1, Size).Path] = new RemoteLook(RemoteKind.Regular, Size, null, null, 0);
        (await earlier.WasFirstAsync(Token)).ShouldBe(first);
        _swept.ShouldBe(first ? [Sibling] : []);
    }

    [Theory]
    [InlineData(Size, true)]
    [InlineData(Size - 1, false)]
    public async Task What_was_sent_whole_before_is_not_put_together_again_at_once(long acknowledged, bool waits)
    {
        Task before = Earlier(DeliveryState.Sending, canReplace: true, acknowledged).BeforeAssemblyAsync(Token);
        before.IsCompleted.ShouldBe(!waits);
        _time.Advance(Wait);
        await before;
    }

    private EarlierAttempt Earlier(DeliveryState state, bool canReplace, long acknowledged)
    {
        FileVersion version = Cargo.Version(1, Size);
        Delivery delivery = Cargo.Delivery(version, new ChunkProgress(0, acknowledged, null)) with { State = state, Part = Sibling };
        var progress = new VesselProgress("v", _time);
        var vessel = new HandVessel<IVesselLane>
        {
            Facts = new VesselFacts { CanReplace = canReplace, Proof = VerifiedBy.Nothing },
            Look = path => Task.FromResult(_there.GetValueOrDefault(path)),
            Sweep = parts =>
            {
                _swept.AddRange(parts);
                _onSweep();
                return Task.CompletedTask;
            },
        };
        var tools = new ShipmentTools(vessel, new SimulatedLedger(_time), null!, null!, null!, null!, null!, one => one.Path, progress) { Time = _time };
        var shipment = new Shipment(delivery, progress.Begin(version)) { Layout = new PartLayout(Sibling, "id", null, InPieces: false) };
        return new EarlierAttempt(tools, shipment, delivery, new WholeFile(tools, shipment, delivery, null!));
    }
}
