using ContentMonster.Diagnostics;
using ContentMonster.Model;
using ContentMonster.Vessels;

namespace ContentMonster.Delivering;

/// <summary>What is known of one version on its way to one vessel: which bytes are acknowledged, which chunks proved.</summary>
internal sealed class Shipment
{
    private readonly Lock _gate = new();
    private readonly VesselProgress.ActiveEntry _shown;

    // Guarded by _gate.
    private readonly ChunkState[] _chunks;
    private readonly HashSet<int> _unsaved = [];
    private long _acknowledged;
    private long _sent;

    public Shipment(Delivery delivery, VesselProgress.ActiveEntry shown)
    {
        Version = delivery.Version;
        Priority = delivery.Priority;
        BookedPart = delivery.Part;
        _shown = shown;
        _chunks = new ChunkState[delivery.Version.ChunkCount];
        foreach (ChunkProgress known in delivery.Chunks.Where(chunk => chunk.Number < _chunks.Length))
        {
            _chunks[known.Number] = new ChunkState(known.AcknowledgedBytes, known.VerifiedBootId);
            _acknowledged += known.AcknowledgedBytes;
        }

        AcknowledgedBefore = _acknowledged;
        shown.Acknowledged(_acknowledged);
        shown.Saved(_acknowledged);
    }

    public FileVersion Version { get; }

    public int Priority { get; }

    /// <summary>What an earlier attempt left, as the ledger had it when this one was begun; null: nothing.</summary>
    public BytePath? BookedPart { get; }

    /// <summary>Bytes that earlier attempts had acknowledged.</summary>
    public long AcknowledgedBefore { get; }

    /// <summary>Where its unfinished files lie; null until begun.</summary>
    public PartLayout? Layout { get; set; }

    /// <summary>File bytes acknowledged in this daemon's life.</summary>
    public long BytesSent
    {
        get
        {
            lock (_gate)
            {
                return _sent;
            }
        }
    }

    /// <summary>Bytes that the vessel does not have yet.</summary>
    public long BytesLeft
    {
        get
        {
            lock (_gate)
            {
                return Version.Stamp.SizeInBytes - _acknowledged;
            }
        }
    }

    public long Acknowledged(int chunk)
    {
        lock (_gate)
        {
            return _chunks[chunk].Acknowledged;
        }
    }

    /// <summary>Where the chunk lies on the vessel.</summary>
    public RemoteRange RangeOf(int chunk)
    {
        PartLayout layout = Layout!;
        bool whole = layout.InPieces || Version.ChunkCount == 1;
        return new RemoteRange(layout.FileOf(chunk), whole ? 0 : chunk * Version.ChunkSizeInBytes, Version.LengthOfChunk(chunk), whole);
    }

    /// <summary>Whether the chunk was proved and the vessel has surely not restarted since.</summary>
    public bool IsVerified(int chunk, string bootId)
    {
        lock (_gate)
        {
            return _chunks[chunk].VerifiedBootId is { Length: > 0 } verified && verified == bootId;
        }
    }

    /// <summary>So many bytes of the chunk are acknowledged without a gap; <paramref name="sent"/> more were acknowledged anywhere in it.</summary>
    public void Advance(int chunk, long acknowledged, long sent)
    {
        lock (_gate)
        {
            _sent += sent;
            if (acknowledged != _chunks[chunk].Acknowledged)
            {
                _acknowledged += acknowledged - _chunks[chunk].Acknowledged;
                _chunks[chunk] = new ChunkState(acknowledged, null);
                _unsaved.Add(chunk);
                _shown.Acknowledged(_acknowledged);
            }
        }
    }

    /// <summary>So many bytes of it have gone over the line in an archive. That is shown, and is no state of its chunks: a broken archive is begun anew.</summary>
    public void Packed(long acknowledged)
    {
        lock (_gate)
        {
            _sent = acknowledged;
            _shown.Acknowledged(acknowledged);
        }
    }

    public void Verified(int chunk, string bootId)
    {
        lock (_gate)
        {
            _chunks[chunk] = _chunks[chunk] with { VerifiedBootId = bootId };
            _unsaved.Add(chunk);
        }
    }

    /// <summary>The chunk, or what of it lies beyond <paramref name="kept"/> bytes, is not there (any more).</summary>
    public void Lost(int chunk, long kept)
    {
        lock (_gate)
        {
            if (_chunks[chunk].Acknowledged > kept)
            {
                _acknowledged -= _chunks[chunk].Acknowledged - kept;
                _chunks[chunk] = new ChunkState(kept, null);
                _unsaved.Add(chunk);
                _shown.Acknowledged(_acknowledged);
            }
        }
    }

    /// <summary>No chunk counts as proved any more; what is there is looked through again.</summary>
    public void Doubt()
    {
        lock (_gate)
        {
            for (int chunk = 0; chunk < _chunks.Length; chunk++)
            {
                _chunks[chunk] = _chunks[chunk] with { VerifiedBootId = null };
                _unsaved.Add(chunk);
            }
        }
    }

    /// <summary>What changed since the last call, to be saved.</summary>
    public IReadOnlyList<ChunkProgress> TakeUnsaved()
    {
        lock (_gate)
        {
            ChunkProgress[] taken = [.. _unsaved.Order().Select(number => new ChunkProgress(number, _chunks[number].Acknowledged, _chunks[number].VerifiedBootId))];
            _unsaved.Clear();
            _shown.Saved(_acknowledged);
            return taken;
        }
    }

    /// <summary>What was taken could not be saved: it is taken again, with what is known by then.</summary>
    public void PutBack(IReadOnlyList<ChunkProgress> unsaved)
    {
        lock (_gate)
        {
            _unsaved.UnionWith(unsaved.Select(static chunk => chunk.Number));
        }
    }

    public void Show(string stage) => _shown.Stage = stage;

    private readonly record struct ChunkState(long Acknowledged, string? VerifiedBootId);
}
