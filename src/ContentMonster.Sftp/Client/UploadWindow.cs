using ContentMonster.Sftp.Wire;

namespace ContentMonster.Sftp.Client;

/// <summary>
/// File bytes that may be in flight, few of them in memory before they are sent, shared by all uploads of a session in the order they ask. Bytes count
/// until they are acknowledged without a gap, so a break never costs more than the window. Every member is called under the session's gate.
/// </summary>
/// <param name="prompt">An acknowledgement that takes longer than this halves the window.</param>
internal sealed class UploadWindow(TimeSpan prompt)
{
    // Four times what TCP begins with (RFC 6928). With 96 KiB a satellite gains two tenths of a second, but at 64 kbit/s three lanes have 36 seconds in flight
    // before the first of it counts.
    private const int StartBytes = 64 * 1_024;
    private const int MaxBytes = 2 * 1_024 * 1_024; // OpenSSH's channel window: more would only wait in ssh.

    // Where a third of it fills any connection. Beyond what the server's program for SFTP takes at once bytes pile up in sshd, whose buffer is copied each
    // time it grows: 2 MiB cost a second of the vessel's CPU more for 1 GiB. In three writes as large as OpenSSH takes it is a tenth faster than 512 KiB in four.
    private const int MaxBytesNearby = 768 * 1_024;
    private const int MinBytes = 32 * 1_024;
    private const int MinWrite = 4 * 1_024;
    private const int WritesPerWindow = 8;
    private const int WritesPerWindowNearby = 3;

    // Larger ones were measured to gain nothing, but nearby: there as much as OpenSSH takes at once. With its head each fits into a power of two, as which
    // the pool gives out buffers.
    private const int MaxWriteOfOurs = 124 * 1_024;
    private const int MaxWriteNearby = 255 * 1_024;

    // With so much in memory that the transport has not taken yet the next write is not read: two of 124 KiB wait, or one of 255.
    private const int MaxUnsentBytes = 192 * 1_024;

    private static readonly TimeSpan Near = TimeSpan.FromMilliseconds(3);

    // Over a long way acknowledgements come up to two round trips after their bytes were granted: ssh packs up to 32 KiB, which count only when they are
    // whole on the vessel, and TCP sends that in its first two. By then it has doubled what it sends twice.
    private static readonly TimeSpan Far = TimeSpan.FromMilliseconds(40);
    private const int GrowthFarAway = 3;

    // Of what has come there TCP has twice as many on their way.
    private const int GrowthOnArrival = 2;

    // What takes longer to be acknowledged has waited on this side: more in flight would wait longer, could go by no other connection, and is lost when this
    // one breaks. Two round trips more than none cover a segment that is sent again.
    private const int RoundTripsToGrow = 3;
    private static readonly TimeSpan LeastToGrow = TimeSpan.FromSeconds(1);

    // While bytes wait on this side, what takes so much longer than TCP's round trip of the moment (or than ours, where TCP ends before the vessel) waits
    // here, and the window becomes what was carried in that time. A lane that has lost its speed would otherwise keep for many seconds what others could
    // send. (Not by the shortest round trip alone: of a link's queue that others fill it would have an ever smaller share.)
    private static readonly TimeSpan LeastToShrink = TimeSpan.FromMilliseconds(300);

    private readonly Queue<Upload> _waiting = new();
    private int _used;
    private int _unsent;
    private int _maxWrite = WireLimits.DefaultTransfer;
    private TimeSpan _shrunkAt;
    private int _most = MaxBytes;

    // Acknowledged since then, and in each of the two measures before.
    private TimeSpan _measuredAt;
    private long _measured;
    private int _carried = MaxBytes;
    private int _carriedBefore = MaxBytes;

    public int Bytes { get; private set; } = StartBytes;

    /// <summary>As of <see cref="SftpOptions.BacklogRoundTrip"/>, a moment ago.</summary>
    public TimeSpan BacklogRoundTrip { get; set; }

    /// <summary>The way is so short that CPU is all that counts.</summary>
    public bool IsNearby => _most == MaxBytesNearby;

    /// <summary>The way is so long that TCP's begin is seen.</summary>
    public static bool IsFar(TimeSpan roundTrip) => roundTrip >= Far;

    /// <summary>With an acknowledgement that takes longer it does not grow.</summary>
    public static TimeSpan LongestToGrow(TimeSpan roundTrip) => Longer(roundTrip * RoundTripsToGrow, LeastToGrow);

    /// <summary>What a window may grow to where the shortest round trip of the session is this; zero: it is not known yet.</summary>
    public static int Most(TimeSpan roundTrip) => roundTrip > TimeSpan.Zero && roundTrip < Near ? MaxBytesNearby : MaxBytes;

    /// <summary>An eighth of the window (a third of all that it may be nearby): 8 KiB at the start, so that acknowledgements come early and often.</summary>
    public int WriteLength => Math.Min(Math.Max(Bytes / (IsNearby && Bytes == _most ? WritesPerWindowNearby : WritesPerWindow), MinWrite), Math.Min(_maxWrite, IsNearby ? MaxWriteNearby : MaxWriteOfOurs));

    /// <summary>The server's limit for one write, in bytes, once it is known.</summary>
    public void Limit(int maxWrite) => _maxWrite = maxWrite;

    /// <summary>The bytes granted now, or 0: the upload stands in the queue.</summary>
    public int TakeOrQueue(Upload upload)
    {
        if (_waiting.Count == 0 && TryTake(upload.BytesToSend) is int granted and > 0)
            return granted;
        _waiting.Enqueue(upload);
        return 0;
    }

    public void Release(int bytes)
    {
        _used -= bytes;
        GrantNext();
    }

    /// <summary>What was granted is taken back unused.</summary>
    public void GiveBack(int bytes)
    {
        _unsent -= bytes;
        Release(bytes);
    }

    /// <summary>The write that was granted so many bytes waits for the transport, with so many of them in memory.</summary>
    public void Posted(int granted, int inMemory) => _unsent += inMemory - granted;

    /// <summary>The transport has taken so many bytes that were in memory.</summary>
    public void Sent(int bytes)
    {
        _unsent -= bytes;
        GrantNext();
    }

    /// <param name="bytes">So many are.</param>
    /// <param name="sentAt">When their write left.</param>
    /// <param name="now">On the same clock.</param>
    /// <param name="roundTrip">The shortest of the session.</param>
    public void Acknowledged(int bytes, TimeSpan sentAt, TimeSpan now, TimeSpan roundTrip)
    {
        _most = Most(roundTrip);
        TimeSpan took = now - sentAt;
        TimeSpan waited = BacklogRoundTrip == TimeSpan.Zero ? TimeSpan.MaxValue : Longer(Longer(BacklogRoundTrip, roundTrip) * RoundTripsToGrow, LeastToShrink);
        Measure(bytes, now, waited);
        if (took <= prompt)
        {
            bool grows = took <= LongestToGrow(roundTrip) && took <= waited;
            int grown = Bytes + (IsFar(roundTrip) ? bytes * GrowthFarAway : bytes);
            int kept = took > waited ? Math.Min(Bytes, Math.Max(_carried, _carriedBefore)) : Bytes;
            Bytes = Math.Min(grows ? grown : Math.Max(Math.Min(grown, StartBytes), kept), _most);
        }
        else if (sentAt >= _shrunkAt)
        {
            // Writes sent before the last shrink say nothing about the smaller window.
            Bytes = Math.Max(Bytes / 2, MinBytes);
            _shrunkAt = now;
        }
    }

    /// <summary>So many bytes more have come to the server, and none was acknowledged yet.</summary>
    public void Arrived(long bytes)
    {
        Bytes = (int)Math.Min(Bytes + (GrowthOnArrival * bytes), _most);
        GrantNext();
    }

    public Upload[] TakeWaiting()
    {
        Upload[] all = [.. _waiting];
        _waiting.Clear();
        return all;
    }

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private void Measure(int bytes, TimeSpan now, TimeSpan measure)
    {
        _measured += bytes;
        TimeSpan lasted = now - _measuredAt;
        if (lasted >= measure)
        {
            (_carriedBefore, _carried) = (_carried, (int)Math.Min(_measured * (measure / lasted), MaxBytes));
            (_measured, _measuredAt) = (0, now);
        }
    }

    private void GrantNext()
    {
        while (_waiting.TryPeek(out Upload? next))
        {
            if (next.AwaitsWindow)
            {
                int granted = TryTake(next.BytesToSend);
                if (granted == 0)
                    return;
                next.Grant(granted);
            }

            _waiting.Dequeue();
        }
    }

    private int TryTake(long wanted)
    {
        int bytes = (int)Math.Min(wanted, WriteLength);
        if ((_used > 0 && _used + bytes > Bytes) || _unsent >= MaxUnsentBytes)
            return 0;
        _used += bytes;
        _unsent += bytes;
        return bytes;
    }
}
