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
    private Trouble? _trouble;
    private Trouble? _standing;
    private DateTimeOffset? _nextAttempt;
    private long _waitingFiles;
    private long _waitingBytes;
    private long _publishedFiles;
    private long _publishedBytes;

    public string Name => name;

    /// <summary>The connections of its open lanes.</summary>
    public LinkWatches Links { get; } = new(time);

    public void Enter(VesselState state)
    {
        lock (_gate)
        {
            (_state, _nextAttempt) = (state, null);
        }
    }

    public void LanesOpen(int lanes)
    {
        lock (_gate)
        {
            _lanes = lanes;
        }
    }

    /// <summary>What is shown to be wrong, or null.</summary>
    public Trouble? Trouble
    {
        get
        {
            lock (_gate)
            {
                return _trouble;
            }
        }
    }

    public Trouble Failed(FailureKind kind, string message, string advice)
    {
        var trouble = new Trouble(kind, message, advice, time.GetUtcNow());
        lock (_gate)
        {
            _trouble = trouble;
        }

        return trouble;
    }

    /// <summary>The same, and what it does about that: in one step, for whoever looks in between.</summary>
    public void Failed(FailureKind kind, string message, string advice, VesselState state, DateTimeOffset nextAttempt)
    {
        var trouble = new Trouble(kind, message, advice, time.GetUtcNow());
        lock (_gate)
        {
            (_trouble, _state, _nextAttempt) = (trouble, state, nextAttempt);
        }
    }

    /// <summary>The vessel works, though not as it should: shown until <see cref="Sound"/> whenever nothing else is wrong.</summary>
    public void Ails(FailureKind kind, string message, string advice)
    {
        lock (_gate)
        {
            Trouble? before = _standing;
            _standing = new Trouble(kind, message, advice, time.GetUtcNow());
            _trouble = _trouble is null || _trouble == before ? _standing : _trouble;
        }
    }

    /// <summary>What <see cref="Ails"/> told is over.</summary>
    public void Sound()
    {
        lock (_gate)
        {
            _trouble = _trouble == _standing ? null : _trouble;
            _standing = null;
        }
    }

    /// <summary>What was wrong is over: the vessel works.</summary>
    public void Healthy()
    {
        lock (_gate)
        {
            _trouble = _standing;
        }
    }

    /// <summary>This trouble is over; any other stands.</summary>
    public void Over(Trouble? trouble)
    {
        lock (_gate)
        {
            _trouble = _trouble == trouble ? _standing : _trouble;
        }
    }

    public void Acknowledged(long bytes) => _rate.Add(bytes);

    /// <summary>Bytes acknowledged a second, lately.</summary>
    public double BytesPerSecond() => _rate.BytesPerSecond();

    /// <summary>The most that it was since the start; 0: not known yet.</summary>
    public double BestBytesPerSecond() => _rate.BestBytesPerSecond();

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
                name, _state, _lanes, rate, _waitingFiles, bytesToGo, eta, _trouble?.Kind, _trouble?.Message, _trouble?.Advice, _trouble?.At, _nextAttempt, _publishedFiles, _publishedBytes, active, link);
        }
    }

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
