namespace ContentMonster.Model;

/// <summary>Wakes one waiting loop: rings are not counted, one that comes before the wait is not lost.</summary>
internal sealed class Bell
{
    private readonly SemaphoreSlim _rung = new(0, 1);

    public void Ring()
    {
        lock (_rung)
        {
            if (_rung.CurrentCount == 0)
            {
                _rung.Release();
            }
        }
    }

    /// <summary>Forgets a ring that nobody waited for.</summary>
    public void Silence() => _rung.Wait(0);

    /// <summary>Until the next ring, at most <paramref name="patience"/>; false when that ran out.</summary>
    public async Task<bool> WaitAsync(TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        // Timers count whole milliseconds: less than one would be none, and the loop would ask again and again until it is over.
        using var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(Math.Ceiling(patience.TotalMilliseconds)), time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await _rung.WaitAsync(either.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}
