using ContentMonster.Delivering;

namespace ContentMonster.Tests.Delivering;

public sealed class LoadingDockTests
{
    private const long Big = 10 * Cargo.ChunkSize;
    private readonly LoadingDock _dock = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Older_files_go_first_and_chunks_in_order()
    {
        _dock.Put(Cargo.Piece(2, chunk: 0, Big));
        _dock.Put(Cargo.Piece(1, chunk: 3, Big));
        _dock.Put(Cargo.Piece(1, chunk: 2, Big));
        (await TakeAsync(3)).ShouldBe([(1, 2), (1, 3), (2, 0)]);
    }

    [Fact]
    public async Task Priority_goes_before_age_and_kind()
    {
        _dock.Put(Cargo.Piece(1));
        _dock.Put(Cargo.Piece(2, chunk: 0, Big));
        _dock.Put(Cargo.Piece(3, chunk: 0, Big, priority: 1));
        _dock.Put(Cargo.Piece(4, priority: 2));
        (await TakeAsync(2)).ShouldBe([(4, 0), (3, 0)]);
    }

    [Fact]
    public async Task A_small_file_does_not_wait_behind_a_whole_big_one()
    {
        for (int chunk = 0; chunk < 10; chunk++)
        {
            _dock.Put(Cargo.Piece(1, chunk, Big));
        }

        _dock.Put(Cargo.Piece(2));
        (await TakeAsync(2)).ShouldContain((2, 0));
    }

    [Fact]
    public async Task What_went_first_by_priority_is_no_debt_afterwards()
    {
        _dock.Put(Cargo.Piece(500, chunk: 0, Big));
        _dock.Put(Cargo.Piece(500, chunk: 1, Big));
        for (int id = 1; id <= 200; id++)
        {
            _dock.Put(Cargo.Piece(id, size: Cargo.ChunkSize, priority: 1));
        }

        await TakeAsync(200);
        _dock.Put(Cargo.Piece(501));
        (await TakeAsync(2)).ShouldContain((501, 0));
    }

    [Fact]
    public async Task A_piece_taken_back_is_never_given_to_a_lane_and_leaves_no_hole()
    {
        var piece = Cargo.Piece(1);
        _dock.Put(piece);
        _dock.Withdraw(piece).ShouldBeTrue();
        _dock.Withdraw(piece).ShouldBeFalse();
        _dock.Backlog.ShouldBe((0, 0));
        Task<Piece> next = _dock.TakeAsync(Token);
        next.IsCompleted.ShouldBeFalse();

        // The same chunk may come again: from the attempt after the one that was given up.
        var again = Cargo.Piece(1);
        _dock.Put(again);
        (await next).ShouldBeSameAs(again);
    }

    [Fact]
    public void The_same_chunk_twice_is_refused_aloud()
    {
        _dock.Put(Cargo.Piece(1));
        Should.Throw<InvalidOperationException>(() => _dock.Put(Cargo.Piece(1)));
    }

    [Fact]
    public async Task A_cancelled_wait_takes_nothing()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task<Piece> waiting = _dock.TakeAsync(stop.Token);
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => waiting);
        _dock.Put(Cargo.Piece(1));
        (await TakeAsync(1)).ShouldBe([(1, 0)]);
    }

    private async Task<List<(long, int)>> TakeAsync(int count)
    {
        var taken = new List<(long, int)>();
        for (int at = 0; at < count; at++)
        {
            Piece piece = await _dock.TakeAsync(Token);
            taken.Add((piece.VersionId, piece.Chunk));
        }

        return taken;
    }
}
