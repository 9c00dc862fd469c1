using ContentMonster.Delivering;

namespace ContentMonster.Tests.Delivering;

public sealed class BatcherTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_comes_while_a_batch_is_handled_shares_the_next_one()
    {
        var gate = new TaskCompletionSource();
        var sizes = new List<int>();
        var batcher = new Batcher<int, int>(5, async (asked, _) =>
        {
            sizes.Add(asked.Count);
            await gate.Task;
            return [.. asked.Select(number => number * 2)];
        });
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task running = batcher.RunAsync(stop.Token);
        Task<int> first = batcher.AskAsync(0, Token);
        await Support.Eventually.BeTrueAsync(() => sizes.Count == 1, "the first goes alone");
        Task<int>[] others = [.. Enumerable.Range(1, 7).Select(number => batcher.AskAsync(number, Token))];
        gate.SetResult();
        (await first.WaitAsync(Deadline, Token)).ShouldBe(0);
        (await Task.WhenAll(others).WaitAsync(Deadline, Token)).ShouldBe([2, 4, 6, 8, 10, 12, 14]);
        sizes.ShouldBe([1, 5, 2]);
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => running);
    }

    [Fact]
    public async Task As_many_batches_as_wanted_are_handled_at_the_same_time()
    {
        var gate = new TaskCompletionSource();
        int begun = 0;
        var batcher = new Batcher<int, int>(1, async (asked, _) =>
        {
            Interlocked.Increment(ref begun);
            await gate.Task;
            return [.. asked];
        }, atOnce: 2);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task running = batcher.RunAsync(stop.Token);
        Task<int>[] asked = [.. Enumerable.Range(1, 5).Select(number => batcher.AskAsync(number, Token))];
        await Support.Eventually.BeTrueAsync(() => Volatile.Read(ref begun) == 2, "two are handled");
        gate.SetResult();
        (await Task.WhenAll(asked).WaitAsync(Deadline, Token)).ShouldBe([1, 2, 3, 4, 5]);
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => running);
    }

    [Fact]
    public async Task A_failure_is_told_to_each_of_its_batch_and_ends_nothing_else()
    {
        var batcher = new Batcher<int, int>(5, (asked, _) => asked[0] < 0 ? throw new IOException("no") : Task.FromResult<IReadOnlyList<int>>([.. asked]));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task<int>[] bad = [batcher.AskAsync(-1, Token), batcher.AskAsync(-2, Token)];
        Task running = batcher.RunAsync(stop.Token);
        foreach (Task<int> one in bad)
        {
            await Should.ThrowAsync<IOException>(() => one.WaitAsync(Deadline, Token));
        }

        (await batcher.AskAsync(3, Token).WaitAsync(Deadline, Token)).ShouldBe(3);
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => running);
    }

    [Fact]
    public async Task Too_few_answers_are_a_failure_and_no_wait_for_ever()
    {
        var batcher = new Batcher<int, int>(5, (_, _) => Task.FromResult<IReadOnlyList<int>>([]));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task running = batcher.RunAsync(stop.Token);
        await Should.ThrowAsync<ArgumentOutOfRangeException>(() => batcher.AskAsync(1, Token).WaitAsync(Deadline, Token));
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => running);
    }

    [Fact]
    public async Task The_end_of_the_visit_ends_the_wait_for_an_answer()
    {
        var batcher = new Batcher<int, int>(5, async (_, stopped) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stopped);
            return [];
        });
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task running = batcher.RunAsync(stop.Token);
        Task<int> handled = batcher.AskAsync(1, stop.Token);
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => handled.WaitAsync(Deadline, Token));
        await Should.ThrowAsync<OperationCanceledException>(() => running.WaitAsync(Deadline, Token));
        await Should.ThrowAsync<OperationCanceledException>(() => batcher.AskAsync(2, stop.Token).WaitAsync(Deadline, Token));
    }
}
