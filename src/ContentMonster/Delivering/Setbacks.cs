using ContentMonster.Model;

namespace ContentMonster.Delivering;

/// <summary>What goes wrong in one visit, counted: which files wait a moment, and when it is the vessel's trouble and not a file's.</summary>
internal sealed class Setbacks(TimeProvider time)
{
    public static readonly TimeSpan CoolDown = TimeSpan.FromSeconds(1);
    private const int AlikeIsTheVessel = 8;
    private const int MostLosses = 3;
    private readonly Lock _gate = new();

    // All guarded by _gate.
    private readonly Dictionary<long, long> _cooling = []; // version id to the timestamp of its loss
    private readonly Dictionary<long, int> _losses = []; // version id to how often it lost its link or its part
    private FailureKind? _alike;
    private int _alikeCount;

    public bool AnyCooling
    {
        get
        {
            lock (_gate)
            {
                return _cooling.Count > 0;
            }
        }
    }

    /// <summary>Versions that still wait a moment.</summary>
    public long[] Cooling()
    {
        lock (_gate)
        {
            foreach (long cool in _cooling.Where(pair => time.GetElapsedTime(pair.Value) >= CoolDown).Select(pair => pair.Key).ToArray())
            {
                _cooling.Remove(cool);
            }

            return [.. _cooling.Keys];
        }
    }

    /// <summary>A version lost its link or its unfinished file and waits a moment; true: so often that a moment is not the cure.</summary>
    public bool Lost(long versionId)
    {
        lock (_gate)
        {
            _cooling[versionId] = time.GetTimestamp();
            return (_losses[versionId] = _losses.GetValueOrDefault(versionId) + 1) >= MostLosses;
        }
    }

    /// <summary>A file failed; true: so many in a row alike that it is the vessel (full, read-only). The shore's own troubles count for nothing.</summary>
    public bool Failed(FailureKind kind)
    {
        lock (_gate)
        {
            if (kind is FailureKind.SourceChanged or FailureKind.SourceUnreadable or FailureKind.ShoreSetup or FailureKind.DestinationRefused or FailureKind.Bug)
            {
                return false;
            }

            _alikeCount = _alike == kind ? _alikeCount + 1 : 1;
            _alike = kind;
            return _alikeCount >= AlikeIsTheVessel;
        }
    }

    public void Delivered(long versionId)
    {
        lock (_gate)
        {
            (_alike, _alikeCount) = (null, 0);
            _losses.Remove(versionId);
        }
    }
}
