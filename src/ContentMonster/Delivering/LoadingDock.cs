using ContentMonster.Model;
using ContentMonster.Planning;

namespace ContentMonster.Delivering;

/// <summary>
/// Where pieces wait for a lane. Order: priority; then small files and big ones share by bytes (<see cref="FairShare"/>), each class by age.
/// </summary>
internal sealed class LoadingDock
{
    private readonly Lock _gate = new();
    private readonly SortedSet<Piece> _small = new(Piece.Order);
    private readonly SortedSet<Piece> _big = new(Piece.Order);
    private readonly SemaphoreSlim _waiting = new(0);

    // Guarded by _gate.
    private readonly FairShare _share = new();
    private long _waitingBytes;

    private long _outstanding;

    /// <summary>After a piece was put here.</summary>
    public event EventHandler? Arrived;

    public (int Pieces, long Bytes) Backlog
    {
        get
        {
            lock (_gate)
            {
                return (_small.Count + _big.Count, _waitingBytes);
            }
        }
    }

    /// <summary>The file that the next piece is of; null: none waits.</summary>
    public BytePath? NextFile
    {
        get
        {
            lock (_gate)
            {
                return Next(_share.IsSmallNext)?.File;
            }
        }
    }

    /// <summary>Bytes that wait or that lanes have taken and not yet brought over.</summary>
    public long Outstanding => Interlocked.Read(ref _outstanding);

    public void Put(Piece piece)
    {
        lock (_gate)
        {
            if (!(piece.IsSmall ? _small : _big).Add(piece))
            {
                throw new InvalidOperationException($"Chunk {piece.Chunk} of version {piece.VersionId} is on the dock already.");
            }

            _waitingBytes += piece.Length;
            Interlocked.Add(ref _outstanding, piece.Length);
        }

        _waiting.Release();
        Arrived?.Invoke(this, EventArgs.Empty);
    }

    /// <summary>Takes a piece back that nobody wants sent any more; false: a lane has it.</summary>
    public bool Withdraw(Piece piece)
    {
        lock (_gate)
        {
            bool there = (piece.IsSmall ? _small : _big).Remove(piece);
            _waitingBytes -= there ? piece.Length : 0;
            Interlocked.Add(ref _outstanding, there ? -piece.Length : 0);
            return there;
        }
    }

    public async Task<Piece> TakeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await _waiting.WaitAsync(cancellationToken).ConfigureAwait(false);
            lock (_gate)
            {
                // Null: the piece that this turn was for has been withdrawn.
                if (Next(_share.SmallFirst) is { } piece)
                {
                    (piece.IsSmall ? _small : _big).Remove(piece);
                    _waitingBytes -= piece.Length;
                    _share.Took(piece.IsSmall, piece.Length);
                    return piece;
                }
            }
        }
    }

    /// <summary>So much of what was taken has been brought over, or is given up.</summary>
    public void Unloaded(long bytes) => Interlocked.Add(ref _outstanding, -bytes);

    // Only equal priorities are rivals: what went first by priority is no claim that the other class has on later turns.
    private Piece? Next(Func<bool, bool, bool> smallFirst)
    {
        (Piece? small, Piece? big) = (_small.Min, _big.Min);
        bool smallMay = small is not null && small.Priority >= (big?.Priority ?? int.MinValue);
        bool bigMay = big is not null && big.Priority >= (small?.Priority ?? int.MinValue);
        return smallFirst(smallMay, bigMay) ? small : big;
    }
}
