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

    public void Put(Piece piece)
    {
        lock (_gate)
        {
            (piece.IsSmall ? _small : _big).Add(piece);
            _waitingBytes += piece.Length;
        }

        _waiting.Release();
    }

    public async Task<Piece> TakeAsync(CancellationToken cancellationToken)
    {
        await _waiting.WaitAsync(cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            Piece piece = Next();
            (piece.IsSmall ? _small : _big).Remove(piece);
            _waitingBytes -= piece.Length;
            _share.Took(piece.IsSmall, piece.Length);
            return piece;
        }
    }

    private Piece Next()
    {
        (Piece? small, Piece? big) = (_small.Min, _big.Min);
        bool smallFirst = _share.SmallFirst(small is not null, big is not null);
        if (small is null || big is null)
        {
            return small ?? big!;
        }

        return small.Priority != big.Priority ? (small.Priority > big.Priority ? small : big) : (smallFirst ? small : big);
    }
}
