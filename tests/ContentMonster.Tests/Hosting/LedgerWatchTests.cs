using ContentMonster.Daemon.Hosting;
using ContentMonster.Ledger;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Hosting;

public sealed class LedgerWatchTests
{
    private readonly ManualTime _time = new();
    private readonly RecordingLogger _log = new();
    private volatile int _writesFor; // seconds

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_disk_on_which_a_write_hangs_is_told_once_and_so_is_that_it_answers_again()
    {
        using var stop = new CancellationTokenSource();
        Task watch = Watch(static () => { }, stop.Token);
        _writesFor = 29;
        await PassAsync(TimeSpan.FromMinutes(1));
        _log.Lines.ShouldBeEmpty();
        _writesFor = 31;
        await UntilAsync(() => !_log.Lines.IsEmpty);
        _writesFor = 90;
        await PassAsync(TimeSpan.FromMinutes(1));
        _log.Lines.ShouldBe(["The disk of the ledger /l has not answered for 31 s: see to it. Nothing is begun or booked until it does"]);
        _writesFor = 0;
        await UntilAsync(() => _log.Lines.Contains("The disk of the ledger /l answers again", StringComparer.Ordinal));
        await EndAsync(watch, stop);
    }

    [Fact]
    public async Task A_disk_that_does_not_even_tell_of_a_file_is_told_and_holds_up_no_stop()
    {
        using var stop = new CancellationTokenSource();
        using var gate = new ManualResetEventSlim();
        int looks = 0;
        Task watch = Watch(
            () =>
            {
                Interlocked.Increment(ref looks);
                gate.Wait(Token);
            },
            stop.Token);
        await UntilAsync(() => _log.Lines.Any(static line => line.Contains("The disk of the ledger /l has not answered for ", StringComparison.Ordinal)));
        looks.ShouldBe(1);
        await EndAsync(watch, stop);
        gate.Set();
    }

    [Fact]
    public async Task One_that_was_removed_ends_it()
    {
        Task watch = Watch(static () => throw new LedgerDisplacedException("gone"), Token);
        await UntilAsync(() => watch.IsCompleted);
        await Should.ThrowAsync<LedgerDisplacedException>(watch);
        _log.Lines.ShouldBe(["gone"]);
    }

    private Task Watch(Action look, CancellationToken stop) => new LedgerWatch("/l", look, () => TimeSpan.FromSeconds(_writesFor), _log, _time).RunAsync(stop);

    private static async Task EndAsync(Task watch, CancellationTokenSource stop)
    {
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(watch.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, Token));
    }

    // A second at a time, and in between what waits has time to go on.
    private async Task PassAsync(TimeSpan span)
    {
        long start = _time.GetTimestamp();
        await UntilAsync(() => _time.GetElapsedTime(start) >= span);
    }

    private Task UntilAsync(Func<bool> condition) => Eventually.BeTrueAsync(
        () =>
        {
            if (condition())
            {
                return true;
            }

            _time.Advance(TimeSpan.FromSeconds(1));
            return false;
        },
        "what is waited for on the clock of the test");
}
