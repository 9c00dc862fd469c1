namespace ContentMonster.Diagnostics;

/// <summary>The connections of a vessel's open lanes. They are read when somebody looks, each at most once a second: nobody looking costs nothing.</summary>
internal sealed class LinkWatches(TimeProvider time)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);
    private readonly Lock _gate = new();
    private readonly List<Watch> _watches = []; // guarded by _gate, as all that is in them

    /// <summary>Shown until the result is disposed.</summary>
    public IDisposable Add(Func<LinkReading?> read)
    {
        var watch = new Watch(this, read);
        lock (_gate)
        {
            _watches.Add(watch);
        }

        return watch;
    }

    /// <summary>All lanes together; null: of none is anything known.</summary>
    public LinkSnapshot? Snapshot()
    {
        lock (_gate)
        {
            foreach (Watch watch in _watches.Where(watch => watch.ReadAt is not long at || time.GetElapsedTime(at) >= Fresh))
            {
                (watch.Reading, watch.ReadAt) = (watch.Read(), time.GetTimestamp());
            }

            return Together([.. _watches.Select(watch => watch.Reading).OfType<LinkReading>()]);
        }
    }

    private static LinkSnapshot? Together(LinkReading[] lanes)
    {
        if (lanes.Length == 0)
        {
            return null;
        }

        string[] algorithms = [.. lanes.Select(lane => lane.CongestionControl).OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        long sent = lanes.Sum(lane => lane.BytesSent);
        return new LinkSnapshot(
            algorithms.Length == 0 ? null : string.Join(", ", algorithms),
            TimeSpan.FromTicks((long)lanes.Average(lane => lane.RoundTrip.Ticks)),
            lanes.Min(lane => lane.LeastRoundTrip),
            sent == 0 ? 0 : (double)lanes.Sum(lane => lane.BytesSentAgain) / sent,
            lanes.Sum(lane => lane.DeliveryBytesPerSecond),
            lanes.Length);
    }

    private sealed class Watch(LinkWatches owner, Func<LinkReading?> read) : IDisposable
    {
        public Func<LinkReading?> Read => read;

        public LinkReading? Reading { get; set; }

        public long? ReadAt { get; set; }

        public void Dispose()
        {
            lock (owner._gate)
            {
                owner._watches.Remove(this);
            }
        }
    }
}
