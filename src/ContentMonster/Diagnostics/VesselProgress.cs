using ContentMonster.Model;

namespace ContentMonster.Diagnostics;

/// <summary>The live state of one vessel: written by its worker, read by whoever shows it.</summary>
internal sealed class VesselProgress(string name, TimeProvider time)
{
    private readonly RateMeter _rate = new(time);
    private readonly Lock _gate = new();
    private readonly Dictionary<long, ActiveEntry> _active = [];

    // All below is guarded by _gate.
    private VesselState _state = VesselState.Idle;
    private int _lanes;
    private FailureKind? _errorKind;
    private string? _error;
    private string? _advice;
    private DateTimeOffset? _errorAt;
    private DateTimeOffset? _nextAttempt;
    private long _waitingFiles;
    private long _waitingBytes;
    private long _publishedFiles;
    private long _publishedBytes;

    public string Name => name;

    /// <summary>The connections of its open lanes.</summary>
    public LinkWatches Links { get; } = new(time);

    public void Enter(VesselState state, DateTimeOffset? nextAttempt = null)
    {
        lock (_gate)
        {
            _state = state;
            _nextAttempt = nextAttempt;
        }
    }

    public void LanesOpen(int lanes)
    {
        lock (_gate)
        {
            _lanes = lanes;
        }
    }

    public void Failed(FailureKind kind, string message, string advice)
    {
        lock (_gate)
        {
            (_errorKind, _error, _advice, _errorAt) = (kind, message, advice, time.GetUtcNow());
        }
    }

    /// <summary>What was wrong is over: the vessel works.</summary>
    public void Healthy()
    {
        lock (_gate)
        {
            Forget();
        }
    }

    /// <summary>This trouble is over; any other stands.</summary>
    public void Over(string message)
    {
        lock (_gate)
        {
            if (_error == message)
            {
                Forget();
            }
        }
    }

    public void Acknowledged(long bytes) => _rate.Add(bytes);

    /// <summary>Bytes acknowledged a second, lately.</summary>
    public double BytesPerSecond() => _rate.BytesPerSecond();

    public void Waiting(long files, long bytes)
    {
        lock (_gate)
        {
            (_waitingFiles, _waitingBytes) = (files, bytes);
        }
    }

    public void Published(long bytes)
    {
        lock (_gate)
        {
            _publishedFiles++;
            _publishedBytes += bytes;
        }
    }

    public ActiveEntry Begin(FileVersion version)
    {
        var entry = new ActiveEntry(version);
        lock (_gate)
        {
            _active[version.Id] = entry;
        }

        return entry;
    }

    public void End(FileVersion version)
    {
        lock (_gate)
        {
            _active.Remove(version.Id);
        }
    }

    public VesselSnapshot Snapshot()
    {
        double rate = _rate.BytesPerSecond();
        LinkSnapshot? link = Links.Snapshot();
        lock (_gate)
        {
            // What lanes have had acknowledged since the ledger's sums were taken is not waiting any more.
            long bytesToGo = Math.Max(0, _waitingBytes - _active.Values.Sum(entry => entry.AcknowledgedSinceSaved));
            ActiveFile[] active = [.. _active.Values.OrderBy(entry => entry.Version.Id).Take(50).Select(entry => entry.ToFile())];
            TimeSpan? eta = rate >= 1 && bytesToGo > 0 ? TimeSpan.FromSeconds(Math.Min(bytesToGo / rate, 1e9)) : null;
            return new VesselSnapshot(
                name, _state, _lanes, rate, _waitingFiles, bytesToGo, eta, _errorKind, _error, _advice, _errorAt, _nextAttempt, _publishedFiles, _publishedBytes, active, link);
        }
    }

    // Under the gate.
    private void Forget() => (_errorKind, _error, _advice, _errorAt) = (null, null, null, null);

    /// <summary>One file under way; its numbers are written by one shipment and read without a lock.</summary>
    internal sealed class ActiveEntry(FileVersion version)
    {
        private long _acknowledged;
        private long _saved;
        private volatile string _stage = "waiting";

        public FileVersion Version => version;

        public string Stage
        {
            get => _stage;
            set => _stage = value;
        }

        public long AcknowledgedSinceSaved => Math.Max(0, Interlocked.Read(ref _acknowledged) - Interlocked.Read(ref _saved));

        public void Acknowledged(long total) => Interlocked.Exchange(ref _acknowledged, total);

        public void Saved(long total) => Interlocked.Exchange(ref _saved, total);

        public ActiveFile ToFile() => new(version.Directory, version.Path.ToString(), version.Stamp.SizeInBytes, Interlocked.Read(ref _acknowledged), _stage);
    }
}
