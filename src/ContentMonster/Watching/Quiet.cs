using ContentMonster.Model;

namespace ContentMonster.Watching;

/// <summary>Tells those who wait that a scan was completed and nothing is left to settle but what is being written.</summary>
internal sealed class Quiet
{
    private readonly TaskCompletionSource _firstScan = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Guarded by itself.
    private readonly List<TaskCompletionSource<IReadOnlyList<BytePath>>> _waiting = [];

    public Task FirstScan => _firstScan.Task;

    public bool Wanted
    {
        get
        {
            lock (_waiting)
            {
                return _waiting.Count > 0;
            }
        }
    }

    public Task<IReadOnlyList<BytePath>> WaitAsync(CancellationToken cancellationToken)
    {
        var waiter = new TaskCompletionSource<IReadOnlyList<BytePath>>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_waiting)
        {
            _waiting.Add(waiter);
        }

        return waiter.Task.WaitAsync(cancellationToken);
    }

    public void Scanned() => _firstScan.TrySetResult();

    public void Reached(IReadOnlyList<BytePath> writing)
    {
        lock (_waiting)
        {
            _waiting.ForEach(waiter => waiter.SetResult(writing));
            _waiting.Clear();
        }
    }

    /// <summary>The loop ended with this: who waits would wait for ever.</summary>
    public void Failed(Exception trouble)
    {
        lock (_waiting)
        {
            _waiting.ForEach(waiter => waiter.TrySetException(trouble));
            _waiting.Clear();
        }

        if (_firstScan.TrySetException(trouble))
        {
            // Whoever runs the loop is told anyway: an unread task of ours is no news.
            _ = _firstScan.Task.Exception;
        }
    }
}
