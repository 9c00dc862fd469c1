using ContentMonster.Delivering;
using ContentMonster.Model;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Delivering;

public sealed class LaneLoopTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private readonly LoadingDock _dock = new();
    private readonly HandLane _lane = new();
    private int _lanes = 1;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_piece_whose_shipment_is_over_is_let_go_of_and_the_lane_goes_on()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        using var shipment = new CancellationTokenSource();
        Task loop = Loop().RunAsync(CancellationToken.None, stop.Token);
        var given = Cargo.Piece(1, wanted: shipment.Token);
        _dock.Put(given);
        await _lane.Sending.WaitAsync(Deadline, Token);
        await shipment.CancelAsync();
        (await Should.ThrowAsync<VesselException>(() => given.Done.WaitAsync(Deadline, Token))).Kind.ShouldBe(FailureKind.ConnectionLost);
        var next = Cargo.Piece(2);
        _dock.Put(next);
        _lane.LetAllPass();
        await next.Done.WaitAsync(Deadline, Token);
        await stop.CancelAsync();
        await loop.WaitAsync(Deadline, Token);
    }

    [Fact]
    public async Task A_lane_that_breaks_fails_what_it_carries_and_takes_no_more()
    {
        Task<VesselException?> loop = Loop().RunAsync(CancellationToken.None, Token);
        var carried = Cargo.Piece(1);
        _dock.Put(carried);
        await _lane.Sending.WaitAsync(Deadline, Token);
        _lane.Break();
        await Should.ThrowAsync<VesselException>(() => carried.Done.WaitAsync(Deadline, Token));
        (await loop.WaitAsync(Deadline, Token)).ShouldNotBeNull().Kind.ShouldBe(FailureKind.ConnectionLost);
        _dock.Put(Cargo.Piece(2));
        _dock.Backlog.Pieces.ShouldBe(1);
    }

    [Fact]
    public async Task A_lane_that_breaks_while_it_carries_nothing_tells_why()
    {
        _lane.Fault = new VesselException(FailureKind.Stalled, "Could not keep a lane open on ship, because nothing came back in time.");
        Task<VesselException?> loop = Loop().RunAsync(CancellationToken.None, Token);
        _lane.Break();
        (await loop.WaitAsync(Deadline, Token)).ShouldBe(_lane.Fault);
    }

    [Fact]
    public async Task A_lane_that_breaks_does_not_drag_down_what_still_waits_on_the_dock()
    {
        _lane.HearsLate = true;
        Task<VesselException?> loop = Loop().RunAsync(CancellationToken.None, Token);
        Array.ForEach([.. Enumerable.Range(1, 300).Select(id => Cargo.Piece(id))], _dock.Put);
        await Support.Eventually.BeTrueAsync(() => _lane.Begun == 64, "64 pieces are carried side by side");
        _lane.Break();
        (await loop.WaitAsync(Deadline, Token)).ShouldNotBeNull();
        _dock.Backlog.Pieces.ShouldBeGreaterThanOrEqualTo(300 - 65);
    }

    [Fact]
    public async Task A_stop_does_not_wait_for_files_to_be_closed_on_a_silent_link()
    {
        _lane.NeverCloses = true;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task<VesselException?> loop = Loop().RunAsync(CancellationToken.None, stop.Token);
        _dock.Put(Cargo.Piece(1));
        await _lane.Sending.WaitAsync(Deadline, Token);
        await stop.CancelAsync();
        (await loop.WaitAsync(Deadline, Token)).ShouldBeNull();
    }

    [Fact]
    public async Task No_more_is_taken_than_there_is_room_for()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task loop = Loop().RunAsync(CancellationToken.None, stop.Token);
        var pieces = Enumerable.Range(1, 100).Select(id => Cargo.Piece(id)).ToArray();
        Array.ForEach(pieces, _dock.Put);
        await Support.Eventually.BeTrueAsync(() => _lane.Begun == 64, "64 pieces are carried side by side");
        _dock.Backlog.Pieces.ShouldBe(100 - 64);
        _lane.LetAllPass();
        await Task.WhenAll(pieces.Select(piece => piece.Done)).WaitAsync(Deadline, Token);
        await stop.CancelAsync();
        await loop.WaitAsync(Deadline, Token);
    }

    [Fact]
    public async Task The_next_file_is_begun_while_a_whole_window_of_the_one_before_is_still_to_be_sent()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task loop = Loop().RunAsync(CancellationToken.None, stop.Token);
        const int Kibibytes = 64;
        Piece[] first = [.. Enumerable.Range(0, 5).Select(number => Cargo.Piece(1, chunk: number, size: 5 * Kibibytes << 10))];
        Array.ForEach(first, _dock.Put);
        await Support.Eventually.BeTrueAsync(() => _lane.Begun == 5, "more than the window and a little is carried of the first");
        Piece[] second = [.. Enumerable.Range(0, 20).Select(number => Cargo.Piece(2, chunk: number, size: 20 * Kibibytes << 10))];
        Array.ForEach(second, _dock.Put);
        await Support.Eventually.BeTrueAsync(() => _lane.Begun == 8, "two windows are carried, the second file's open among them");
        await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, Token);
        _lane.Begun.ShouldBe(8);
        _lane.LetAllPass();
        await Task.WhenAll(first.Concat(second).Select(piece => piece.Done)).WaitAsync(Deadline, Token);
        await stop.CancelAsync();
        await loop.WaitAsync(Deadline, Token);
    }

    [Theory]
    [InlineData(true, 5)]
    [InlineData(false, 8)]
    public async Task Behind_a_full_window_little_waits_of_a_file_that_is_open_and_a_window_of_those_that_are_not(bool sameFile, int taken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task loop = Loop().RunAsync(CancellationToken.None, stop.Token);
        const int Kibibytes = 64;
        Piece[] pieces = [.. Enumerable.Range(0, 20).Select(number => sameFile ? Cargo.Piece(1, chunk: number, size: 20 * Kibibytes << 10) : Cargo.Piece(1 + number, size: Kibibytes << 10))];
        Array.ForEach(pieces, _dock.Put);
        await Support.Eventually.BeTrueAsync(() => _lane.Begun == taken, $"{taken} pieces are carried");
        await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, Token);
        _lane.Begun.ShouldBe(taken);
        _lane.LetAllPass();
        await Task.WhenAll(pieces.Select(piece => piece.Done)).WaitAsync(Deadline, Token);
        await stop.CancelAsync();
        await loop.WaitAsync(Deadline, Token);
    }

    [Fact]
    public async Task A_lane_leaves_to_the_others_what_is_their_share()
    {
        _lanes = 3;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task loop = Loop().RunAsync(CancellationToken.None, stop.Token);
        var pieces = Enumerable.Range(1, 6).Select(id => Cargo.Piece(id, size: 60_000)).ToArray();
        _dock.Put(pieces[0]);
        await Support.Eventually.BeTrueAsync(() => _lane.Begun == 1, "a lane with nothing takes the only piece");
        Array.ForEach(pieces[1..], _dock.Put);
        await Support.Eventually.BeTrueAsync(() => _lane.Begun == 2, "what comes later makes its share larger");
        await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, Token);
        (_lane.Begun, _dock.Backlog.Pieces, _dock.Outstanding).ShouldBe((2, 4, 360_000));
        _lane.LetAllPass();
        await Task.WhenAll(pieces.Select(piece => piece.Done)).WaitAsync(Deadline, Token);
        _dock.Outstanding.ShouldBe(0);
        await stop.CancelAsync();
        await loop.WaitAsync(Deadline, Token);
    }

    [Fact]
    public async Task A_lane_that_is_not_wanted_any_more_brings_home_what_it_carries_and_takes_nothing_new()
    {
        using var unwanted = new CancellationTokenSource();
        Task<VesselException?> loop = Loop().RunAsync(unwanted.Token, Token);
        var carried = Cargo.Piece(1);
        _dock.Put(carried);
        await _lane.Sending.WaitAsync(Deadline, Token);
        await unwanted.CancelAsync();
        carried.Done.IsCompleted.ShouldBeFalse();
        _lane.LetAllPass();
        (await loop.WaitAsync(Deadline, Token)).ShouldBeNull();
        carried.Done.IsCompletedSuccessfully.ShouldBeTrue();
        _dock.Put(Cargo.Piece(2));
        _dock.Backlog.Pieces.ShouldBe(1);
    }

    private LaneLoop Loop() => new(_lane, _dock, _ => { }, () => (long)_lanes * _lane.Signs.WindowInBytes);

    private sealed class HandLane : IVesselLane
    {
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _pass = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _sending = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _begun;

        public Task Ended => _ended.Task;

        public LaneSigns Signs => new(256 << 10, 2 << 20, TimeSpan.FromMilliseconds(1), IsPaced: false);

        public Task Sending => _sending.Task;

        public int Begun => Volatile.Read(ref _begun);

        public VesselException? Fault { get; set; }

        public bool NeverCloses { get; set; }

        /// <summary>Between the last piece and whoever began before it, the news of a break takes a moment.</summary>
        public bool HearsLate { get; set; }

        public void LetAllPass() => _pass.TrySetResult();

        public void Break() => _ended.TrySetResult();

        public async Task SendAsync(
            BytePath file, bool create, long remoteOffset, IChunkSource source, long sourceOffset, long length, Action<long>? acknowledged, CancellationToken cancellationToken)
        {
            if (Interlocked.Increment(ref _begun) == 1 && HearsLate)
            {
                _ = cancellationToken.Register(() => _pass.Task.Wait(TimeSpan.FromMilliseconds(200)));
            }

            _sending.TrySetResult();
            await _pass.Task.WaitAsync(cancellationToken);
            acknowledged?.Invoke(length);
        }

        public Task ReleaseAsync(BytePath file, CancellationToken cancellationToken) =>
            NeverCloses ? Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken) : Task.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
