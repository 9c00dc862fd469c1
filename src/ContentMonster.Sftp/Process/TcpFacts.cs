namespace ContentMonster.Sftp.Process;

/// <summary>What the kernel counts for one TCP connection, seen from our side (tcp(7), TCP_INFO; linux/tcp.h, struct tcp_info). A kernel that is too old for a number leaves it 0.</summary>
public sealed record TcpFacts
{
    /// <summary>The algorithm in use: "bbr", "cubic".</summary>
    public string? CongestionControl { get; init; }

    /// <summary>Smoothed.</summary>
    public required TimeSpan RoundTrip { get; init; }

    /// <summary>The least of the last minutes (tcp_min_rtt_wlen); null: not known yet.</summary>
    public TimeSpan? LeastRoundTrip { get; init; }

    /// <summary>When what is on the way is sent again unless it is acknowledged.</summary>
    public TimeSpan RetransmissionTimeout { get; init; }

    /// <summary>Sent and not yet acknowledged at this moment.</summary>
    public long SegmentsUnacknowledged { get; init; }

    /// <summary>Of those, what the other side has told to have, though something before it is missing (SACK, RFC 2018).</summary>
    public long SegmentsOutOfOrder { get; init; }

    public int SegmentBytes { get; init; }

    /// <summary>The newest rate at which bytes were delivered, per second.</summary>
    public long DeliveryBytesPerSecond { get; init; }

    /// <summary>That rate was bounded by what we gave, not by the link.</summary>
    public bool DeliveryWasOurLimit { get; init; }

    public long BytesAcknowledged { get; init; }

    /// <summary>What the other side's kernel has. While a lost segment is on its way again behind a long queue, only what comes out of order grows.</summary>
    public long BytesArrived => BytesAcknowledged + (SegmentsOutOfOrder * SegmentBytes);

    public long BytesReceived { get; init; }

    /// <summary>Since the last segment with data came.</summary>
    public TimeSpan Unheard { get; init; }

    /// <summary>Those sent again included.</summary>
    public long BytesSent { get; init; }

    public long BytesSentAgain { get; init; }

    /// <summary>In the kernel, not yet sent once.</summary>
    public long BytesUnsent { get; init; }
}
