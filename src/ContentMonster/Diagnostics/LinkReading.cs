namespace ContentMonster.Diagnostics;

/// <summary>How the shore's kernel sees the TCP connection of one lane at one moment.</summary>
/// <param name="CongestionControl">The algorithm in use; null: not told.</param>
/// <param name="RoundTrip">Smoothed.</param>
/// <param name="LeastRoundTrip">Of the last minutes: the link without its queues; null: not known yet.</param>
/// <param name="DeliveryBytesPerSecond">The newest rate of delivery.</param>
/// <param name="DeliveryWasOurLimit">That rate was bounded by what was given to send, not by the link.</param>
/// <param name="BytesSent">Since it was opened, those sent again included.</param>
/// <param name="BytesSentAgain">Since it was opened.</param>
/// <param name="BytesAcknowledged">Since it was opened.</param>
internal sealed record LinkReading(
    string? CongestionControl,
    TimeSpan RoundTrip,
    TimeSpan? LeastRoundTrip,
    long DeliveryBytesPerSecond,
    bool DeliveryWasOurLimit,
    long BytesSent,
    long BytesSentAgain,
    long BytesAcknowledged);
