using ContentMonster.Model;
using ContentMonster.Sftp.Client;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Vessels;

public sealed class PieceSweepTests
{
    private readonly List<(string[] Ids, TaskCompletionSource<IReadOnlyDictionary<string, SftpStatusException>> Done)> _listings = []; // guarded by itself
    private readonly SemaphoreSlim _began = new(0);
    private readonly PieceSweep _sweep;

    public PieceSweepTests() => _sweep = new PieceSweep(BytePath.FromText("tmp"), ids =>
    {
        var done = new TaskCompletionSource<IReadOnlyDictionary<string, SftpStatusException>>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_listings)
        {
            _listings.Add(([.. ids.Order(StringComparer.Ordinal)], done));
        }

        _began.Release();
        return done.Task;
    });

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task All_that_come_while_one_listing_is_under_way_share_the_next()
    {
        Task first = _sweep.RemoveAsync(["a"], Token);
        await _began.WaitAsync(Token);
        Task[] others = [.. Enumerable.Range(0, 192).Select(number => _sweep.RemoveAsync([$"{number}"], Token))];
        End(0);
        await first;
        await _began.WaitAsync(Token);
        End(1);
        await Task.WhenAll(others);
        lock (_listings)
        {
            _listings.Select(static one => one.Ids.Length).ShouldBe([1, 192]);
        }
    }

    [Fact]
    public async Task One_that_gives_up_takes_nothing_from_the_others_and_neither_does_a_listing_that_failed()
    {
        using var gone = new CancellationTokenSource();
        Task first = _sweep.RemoveAsync(["a"], gone.Token);
        await _began.WaitAsync(Token);
        Task<IReadOnlyDictionary<string, SftpStatusException>> second = _sweep.RemoveAsync(["b"], Token);
        await gone.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(first);
        lock (_listings)
        {
            _listings[0].Done.SetException(new SftpConnectionException("gone"));
        }

        await _began.WaitAsync(Token);
        End(1);
        (await second).ShouldBeEmpty();
        lock (_listings)
        {
            _listings[1].Ids.ShouldBe(["b"]);
        }
    }

    private void End(int at)
    {
        lock (_listings)
        {
            _listings[at].Done.SetResult(new Dictionary<string, SftpStatusException>(StringComparer.Ordinal));
        }
    }
}
