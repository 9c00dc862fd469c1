using ContentMonster.Delivering;
using ContentMonster.Diagnostics;
using ContentMonster.Model;
using ContentMonster.Planning;
using ContentMonster.Tests.Support;
using ContentMonster.Vessels;
using Microsoft.Extensions.Logging.Abstractions;

namespace ContentMonster.Tests.Delivering;

public sealed class LaneCrewTests
{
    private const int Pieces = 300;
    private const int Measures = 20;
    private readonly ManualTime _time = new();
    private readonly LoadingDock _dock = new();
    private readonly HandVessel<HandLane> _vessel = new() { NewLane = () => new HandLane() };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_lane_that_came_for_the_first_one_when_it_broke_is_kept()
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var crew = new LaneCrew(_vessel, _dock, new LanePlan(2), new VesselProgress("v", _time), _time, NullLogger.Instance);
        Array.ForEach([.. Enumerable.Range(1, Pieces).Select(id => Cargo.Piece(id))], _dock.Put);
        crew.Begin(over.Token);
        await Eventually.BeTrueAsync(() => _vessel.Lanes.Length == 2 && _vessel.Lanes[1].Begun > 0, "both are at work");
        _vessel.Lanes[0].Break();
        await Eventually.BeTrueAsync(() => _vessel.Lanes[0].IsClosed, "the first has gone");
        crew.Consider();
        await Eventually.BeTrueAsync(() => _vessel.Lanes.Length == 3 && _vessel.Lanes[2].Begun > 0, "another is at work");

        for (int measure = 0; measure < Measures; measure++)
        {
            _time.Advance(TimeSpan.FromSeconds(4));
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, Token);
        }

        int before = _vessel.Lanes[2].Begun;
        _vessel.Lanes[2].LetAllPass();
        await Eventually.BeTrueAsync(() => _vessel.Lanes[2].Begun > before, "it goes on taking pieces");
        await over.CancelAsync();
        await crew.EndedAsync();
        _vessel.Lanes.Length.ShouldBe(3);
    }

    [Fact]
    public async Task A_moment_in_which_the_windows_were_full_opens_all_lanes_though_the_whole_measure_was_slow()
    {
        // Two lanes of 2 MiB a tenth of a second let 42 MB/s through; 8 MB in a quarter of a second are three quarters of that, in a whole one a fifth.
        const long Burst = 8_000_000;
        const int Quarters = 4;
        var vessel = new HandVessel<HandLane> { NewLane = () => new HandLane(isPaced: true) };
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var crew = new LaneCrew(vessel, _dock, new LanePlan(asked: null), new VesselProgress("v", _time), _time, NullLogger.Instance);
        Array.ForEach([.. Enumerable.Range(1, 600).Select(id => Cargo.Piece(id, size: 1 << 20))], _dock.Put);
        crew.Begin(over.Token);
        await Eventually.BeTrueAsync(() => vessel.Lanes.Length == 2 && vessel.Lanes[1].Begun > 0, "both are at work");
        for (int quarter = 0; quarter < Measures * Quarters && vessel.Lanes.Length < LanePlan.MostUnasked; quarter++)
        {
            vessel.Lanes[0].Acknowledge(quarter % Quarters == 0 ? Burst : 0);
            _time.Advance(TimeSpan.FromSeconds(1.0 / Quarters));
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Token);
        }

        await Eventually.BeTrueAsync(() => vessel.Lanes.Length == LanePlan.MostUnasked, "all are opened");
        await over.CancelAsync();
        await crew.EndedAsync();
    }

    [Fact]
    public async Task Where_the_round_trip_is_known_only_with_the_first_answer_the_lanes_of_a_long_way_come_with_it()
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var vessel = new HandVessel<HandLane> { NewLane = () => new HandLane { RoundTrip = TimeSpan.Zero } };
        var crew = new LaneCrew(vessel, _dock, new LanePlan(asked: null), new VesselProgress("v", _time), _time, NullLogger.Instance);
        Array.ForEach([.. Enumerable.Range(1, 100).Select(id => Cargo.Piece(id, size: 1 << 20))], _dock.Put);
        crew.Begin(over.Token);
        await Eventually.BeTrueAsync(() => vessel.Lanes is [{ Begun: > 0 }], "the first is at work");
        crew.Consider();
        vessel.Lanes.Length.ShouldBe(1);
        vessel.Lanes[0].RoundTrip = TimeSpan.FromMilliseconds(600);
        crew.Consider();
        await Eventually.BeTrueAsync(() => vessel.Lanes.Length == LanePlan.MostUnasked, "all are opened");
        await over.CancelAsync();
        await crew.EndedAsync();
    }

    [Theory]
    [InlineData(FailureKind.Stalled, 100, 3.0)]
    [InlineData(FailureKind.Stalled, 600, 7.2)]
    [InlineData(FailureKind.ConnectionLost, 100, null)] // the vessel's sshd is restarted, say: a lane that is under way is as good as one begun anew
    public async Task When_silence_takes_the_last_lane_one_that_is_being_opened_is_not_waited_for_until_it_is_found_silent_as_well(FailureKind kind, int roundTripMs, double? seconds)
    {
        var dialled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var vessel = new HandVessel<HandLane> { NewLane = () => new HandLane { RoundTrip = TimeSpan.FromMilliseconds(roundTripMs) }, Dial = () => dialled.Task };
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Token);
        LaneCrew crew = await WithOneAtWorkAsync(vessel, over.Token);
        vessel.Lanes[0].Break(kind);
        await Eventually.BeTrueAsync(() => vessel.Lanes[0].IsClosed, "the first has gone");

        double waited = (seconds ?? 60) - 0.1;
        _time.Advance(TimeSpan.FromSeconds(waited));
        await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, Token);
        crew.AllGone.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(0.2));
        if (seconds is null)
        {
            dialled.SetResult();
            await Eventually.BeTrueAsync(() => vessel.Lanes.Any(static lane => lane is { IsClosed: false, Begun: > 0 }), "another goes on");
            crew.AllGone.IsCompleted.ShouldBeFalse();
        }
        else
        {
            (await crew.AllGone.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, Token)).Kind.ShouldBe(kind);
        }

        await over.CancelAsync();
        await crew.EndedAsync();
    }

    [Fact]
    public async Task A_lane_that_came_and_went_meanwhile_has_shown_that_the_link_is_there()
    {
        TaskCompletionSource[] dials = [new(TaskCreationOptions.RunContinuationsAsynchronously), new(TaskCreationOptions.RunContinuationsAsynchronously)];
        int dialled = 0;
        var vessel = new HandVessel<HandLane> { NewLane = () => new HandLane(), Dial = () => dials[Math.Min(Interlocked.Increment(ref dialled), dials.Length) - 1].Task };
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Token);
        LaneCrew crew = await WithOneAtWorkAsync(vessel, over.Token);
        await Eventually.BeTrueAsync(() => Volatile.Read(ref dialled) == 1, "a second is dialled");
        vessel.Lanes[0].Break(FailureKind.Stalled);
        await Eventually.BeTrueAsync(() => vessel.Lanes[0].IsClosed, "the first has gone");
        _time.Advance(TimeSpan.FromSeconds(1));
        dials[0].SetResult();
        await Eventually.BeTrueAsync(() => vessel.Lanes is [_, { Begun: > 0 }] && Volatile.Read(ref dialled) == 2, "the second works, and a third is dialled");
        vessel.Lanes[1].Break(FailureKind.ConnectionLost);
        await Eventually.BeTrueAsync(() => vessel.Lanes[1].IsClosed, "the second has gone");
        _time.Advance(TimeSpan.FromSeconds(5));
        await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, Token);
        crew.AllGone.IsCompleted.ShouldBeFalse();
        await over.CancelAsync();
        await crew.EndedAsync();
    }

    [Theory]
    [InlineData(FailureKind.LoginRefused, 16)]
    [InlineData(FailureKind.TooManyConnections, 2)]
    public async Task A_further_lane_that_was_refused_is_asked_for_again_after_the_wait_of_its_kind(FailureKind kind, int minutes)
    {
        int asked = 0;
        var progress = new VesselProgress("v", _time);
        var vessel = new HandVessel<HandLane> { NewLane = () => Interlocked.Increment(ref asked) == 1 ? new HandLane() : throw new VesselException(kind, "Could not open another lane, because.") };
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var crew = new LaneCrew(vessel, _dock, new LanePlan(2), progress, _time, NullLogger.Instance);
        Array.ForEach([.. Enumerable.Range(1, Pieces).Select(id => Cargo.Piece(id))], _dock.Put);
        crew.Begin(over.Token);
        await Eventually.BeTrueAsync(() => Volatile.Read(ref asked) == 2, "a second one is asked for");
        await Eventually.BeTrueAsync(() => (progress.Trouble?.Kind == kind) == (kind == FailureKind.LoginRefused), "a refused login is shown");
        for (int passed = 0; passed < minutes - 1; passed++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Token);
            Volatile.Read(ref asked).ShouldBe(2, $"after {passed} min");
            crew.Consider();
            _time.Advance(TimeSpan.FromMinutes(1));
        }

        _time.Advance(TimeSpan.FromMinutes(1));
        crew.Consider();
        await Eventually.BeTrueAsync(() => Volatile.Read(ref asked) == 3, "it is asked for again");
        await over.CancelAsync();
        await crew.EndedAsync();
    }

    // And a second is being opened.
    private async Task<LaneCrew> WithOneAtWorkAsync(HandVessel<HandLane> vessel, CancellationToken over)
    {
        var crew = new LaneCrew(vessel, _dock, new LanePlan(2), new VesselProgress("v", _time), _time, NullLogger.Instance);
        Array.ForEach([.. Enumerable.Range(1, Pieces).Select(id => Cargo.Piece(id))], _dock.Put);
        crew.Begin(over);
        await Eventually.BeTrueAsync(() => vessel.Lanes is [{ Begun: > 0 }], "the first is at work");
        crew.Consider();
        return crew;
    }

    private sealed class HandLane(bool isPaced = false) : IVesselLane
    {
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _pass = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private volatile bool _closed;
        private volatile Action<long>? _acknowledged;
        private long _total;
        private int _begun;

        public Task Ended => _ended.Task;

        public TimeSpan RoundTrip { get; set; } = TimeSpan.FromMilliseconds(100);

        public LaneSigns Signs => new(256 << 10, 2 << 20, RoundTrip, isPaced);

        public int Begun => Volatile.Read(ref _begun);

        public bool IsClosed => _closed;

        public void LetAllPass() => _pass.TrySetResult();

        /// <summary>So many bytes more of the first that it began.</summary>
        public void Acknowledge(long bytes) => _acknowledged!(_total += bytes);

        public VesselException? Fault { get; private set; }

        public void Break(FailureKind? kind = null)
        {
            Fault = kind is FailureKind known ? new VesselException(known, "Could not keep a lane open, because.") : null;
            _ended.TrySetResult();
        }

        public async Task SendAsync(
            BytePath file, bool create, long remoteOffset, IChunkSource source, long sourceOffset, long length, Action<long>? acknowledged, CancellationToken cancellationToken)
        {
            _acknowledged ??= acknowledged;
            Interlocked.Increment(ref _begun);
            await _pass.Task.WaitAsync(cancellationToken);
            acknowledged?.Invoke(length);
        }

        public Task ReleaseAsync(BytePath file, CancellationToken cancellationToken) => Task.CompletedTask;

        public ValueTask DisposeAsync()
        {
            _closed = true;
            return ValueTask.CompletedTask;
        }
    }
}
