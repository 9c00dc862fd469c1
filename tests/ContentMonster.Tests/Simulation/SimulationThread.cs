namespace ContentMonster.Tests.Simulation;

/// <summary>
/// Runs one simulated world where the thread pool has a single thread (<see cref="SimulationProcess"/> sees to that): a task goes on only where the one
/// before has let go, in the order of the queue, and time goes on only when nothing else can. So a seed leaves the same trace every time.
/// </summary>
internal sealed class SimulationThread(SimulatedClock clock, Func<Task> world) : IThreadPoolWorkItem
{
    private readonly TaskCompletionSource _over = new();
    private Task? _running; // only the pool's thread touches it

    /// <summary>Called from a thread that is not of the pool.</summary>
    public void Run()
    {
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        _over.Task.GetAwaiter().GetResult();
    }

    public void Execute()
    {
        _running ??= world();
        if (_running.IsCompleted)
        {
            if (_running.Exception is { } trouble)
            {
                _over.SetException(trouble);
            }
            else
            {
                _over.SetResult();
            }
        }
        else if (ThreadPool.PendingWorkItemCount == 0 && !clock.GoOn())
        {
            _over.SetException(new InvalidOperationException("Nothing will ever happen again in this world, and it has not ended."));
        }
        else
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }
}
