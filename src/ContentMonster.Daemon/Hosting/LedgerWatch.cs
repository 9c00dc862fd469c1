using ContentMonster.Ledger;
using ContentMonster.Model;
using Microsoft.Extensions.Logging;

namespace ContentMonster.Daemon.Hosting;

/// <summary>
/// Looks now and then whether the ledger's files are still there, and tells when its disk does not answer: all stands still then, and what waits for that
/// disk cannot tell itself.
/// </summary>
/// <param name="path">The ledger's.</param>
/// <param name="look">Throws a <see cref="LedgerDisplacedException"/> where they are not; takes as long as the disk does.</param>
/// <param name="writesFor">How long what is being written has taken; zero: nothing is being written.</param>
/// <param name="logger">What it is told to.</param>
/// <param name="time">The clock.</param>
internal sealed class LedgerWatch(string path, Action look, Func<TimeSpan> writesFor, ILogger logger, TimeProvider time)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private bool _told;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        Task? looking = null;
        long begun = 0;
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            if (looking is null)
            {
                begun = time.GetTimestamp();
                looking = Task.Run(look, CancellationToken.None);
            }

            await looking.WaitAsync(Usual, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            TimeSpan silent = looking.IsCompleted ? TimeSpan.Zero : time.GetElapsedTime(begun);
            TimeSpan writes = writesFor();
            Tell(silent > writes ? silent : writes);
            if (looking.IsCompleted)
            {
                await EndAsync(looking);
                looking = null;
            }
        }
    }

    private void Tell(TimeSpan silent)
    {
        if (silent >= Patience && !_told)
        {
            _told = true;
            EngineLog.LedgerHangs(logger, path, silent);
        }
        else if (silent < Every && _told)
        {
            _told = false;
            EngineLog.LedgerAnswers(logger, path);
        }
    }

    private async Task EndAsync(Task looking)
    {
        try
        {
            await looking;
        }
        catch (LedgerDisplacedException displaced)
        {
            // At once: the end of all that is under way may take a while.
            EngineLog.LedgerDisplaced(logger, displaced.Message);
            throw;
        }
    }
}
