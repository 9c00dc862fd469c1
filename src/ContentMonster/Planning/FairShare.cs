namespace ContentMonster.Planning;

/// <summary>
/// Shares a vessel's lanes between small files and larger ones by bytes, so that neither waits for the other's end: the class that
/// had less goes first, and one that had nothing to send for a while starts even with the other instead of with a claim on the past.
/// </summary>
internal sealed class FairShare
{
    // Only the owner's loop reads and writes these.
    private long _small;
    private long _big;

    /// <summary>Whether the next turn is for small files.</summary>
    public bool SmallFirst(bool smallWaits, bool bigWaits)
    {
        if (!smallWaits || !bigWaits)
        {
            // Without rivalry nothing is owed.
            _small = _big = 0;
        }

        return IsSmallNext(smallWaits, bigWaits);
    }

    /// <summary>As <see cref="SmallFirst"/>, by somebody who takes no turn.</summary>
    public bool IsSmallNext(bool smallWaits, bool bigWaits) => smallWaits && (!bigWaits || _small <= _big);

    public void Took(bool small, long bytes)
    {
        if (small)
        {
            _small += bytes;
        }
        else
        {
            _big += bytes;
        }
    }
}
