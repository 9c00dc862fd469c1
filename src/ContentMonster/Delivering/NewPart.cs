namespace ContentMonster.Delivering;

/// <summary>
/// An unfinished file that is not there yet. All lanes begin at once, and each makes it unless another was first; none does once a byte of it is
/// acknowledged. For whoever removes it on the vessel while it is being sent must not have it made anew: it would have a hole where chunks were proved before.
/// </summary>
internal sealed class NewPart
{
    private readonly Lock _gate = new();

    // Guarded by _gate.
    private int _attempts;
    private bool _isThere;

    /// <summary>Somebody was told to make it of whom nothing has been heard: it may yet be done, also after what is there has been removed.</summary>
    public bool MayYetBeMade
    {
        get
        {
            lock (_gate)
            {
                return _attempts > 0;
            }
        }
    }

    /// <summary>Whether the caller, who is about to open it, is to make it.</summary>
    public bool IsToBeMade()
    {
        lock (_gate)
        {
            _attempts += _isThere ? 0 : 1;
            return !_isThere;
        }
    }

    /// <summary>Bytes of one who was to make it are acknowledged.</summary>
    public void IsThere()
    {
        lock (_gate)
        {
            _attempts--;
            _isThere = true;
        }
    }
}
