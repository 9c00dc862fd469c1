namespace ContentMonster.Sftp.Process;

/// <summary>For how long the first packet of a connection has gone unanswered: the round trip is that long at the least, if the packet was not lost.</summary>
/// <param name="time">The clock.</param>
internal sealed class Knock(TimeProvider time)
{
    private const long NotYet = 0;
    private const long Over = -1;
    private long _sentAt = NotYet;

    /// <summary>Null: it has not been sent, or it is not waited for any more.</summary>
    public TimeSpan? Unanswered => Interlocked.Read(ref _sentAt) is > NotYet and var sentAt ? time.GetElapsedTime(sentAt) : null;

    public void Sent() => Interlocked.Exchange(ref _sentAt, Math.Max(1, time.GetTimestamp()));

    /// <summary>With an answer or without.</summary>
    public void Ended() => Interlocked.Exchange(ref _sentAt, Over);
}
