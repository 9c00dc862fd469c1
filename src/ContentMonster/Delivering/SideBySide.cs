using System.Runtime.ExceptionServices;

namespace ContentMonster.Delivering;

/// <summary>Parts of one file that are under way at once and end together.</summary>
internal static class SideBySide
{
    /// <summary>Until all have ended. The first failure that is not a mere consequence of another is the one to tell.</summary>
    public static async Task AllAsync(IReadOnlyList<Task> parts)
    {
        Task all = Task.WhenAll(parts);
        await ((Task)all.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default)).ConfigureAwait(false);
        if (all.Exception?.InnerExceptions.FirstOrDefault() is { } first)
        {
            ExceptionDispatchInfo.Throw(first);
        }

        await all.ConfigureAwait(false);
    }

    /// <summary>One part that fails for good ends the others of its file soon.</summary>
    public static async Task OrFailAsync(Func<Task> part, CancellationTokenSource failed)
    {
        try
        {
            await part().ConfigureAwait(false);
        }
        catch
        {
            await failed.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }
}
