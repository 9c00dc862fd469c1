using System.Buffers.Binary;

namespace ContentMonster.Sftp.Process;

/// <summary>struct tcp_info of linux/tcp.h: it only ever grows at its end, so that what a kernel does not tell reads as 0.</summary>
internal static class TcpInfoLayout
{
    /// <summary>Up to and with tcpi_total_retrans: there since Linux 2.6.</summary>
    public const int LeastLength = 104;

    /// <summary>Up to what is read here.</summary>
    public const int Length = 216;

    public static TcpFacts? Read(ReadOnlySpan<byte> info, string? congestionControl)
    {
        if (info.Length < LeastLength)
        {
            return null;
        }

        Span<byte> whole = stackalloc byte[Length];
        whole.Clear();
        info[..Math.Min(info.Length, Length)].CopyTo(whole);
        uint leastRoundTrip = Word(whole, 148);
        return new TcpFacts
        {
            CongestionControl = congestionControl,
            RoundTrip = Microseconds(Word(whole, 68)),
            LeastRoundTrip = leastRoundTrip is 0 or uint.MaxValue ? null : Microseconds(leastRoundTrip),
            RetransmissionTimeout = Microseconds(Word(whole, 8)),
            SegmentsUnacknowledged = Word(whole, 24),
            SegmentsOutOfOrder = Word(whole, 28),
            Unheard = TimeSpan.FromMilliseconds(Word(whole, 52)),
            SegmentBytes = (int)Word(whole, 16),
            DeliveryBytesPerSecond = LongWord(whole, 160),
            DeliveryWasOurLimit = (whole[7] & (BitConverter.IsLittleEndian ? 1 : 0x80)) != 0,
            BytesAcknowledged = LongWord(whole, 120),
            BytesReceived = LongWord(whole, 128),
            BytesSent = LongWord(whole, 200),
            BytesSentAgain = LongWord(whole, 208),
            BytesUnsent = Word(whole, 144),
        };
    }

    private static uint Word(ReadOnlySpan<byte> info, int at) =>
        BitConverter.IsLittleEndian ? BinaryPrimitives.ReadUInt32LittleEndian(info[at..]) : BinaryPrimitives.ReadUInt32BigEndian(info[at..]);

    private static long LongWord(ReadOnlySpan<byte> info, int at) =>
        BitConverter.IsLittleEndian ? BinaryPrimitives.ReadInt64LittleEndian(info[at..]) : BinaryPrimitives.ReadInt64BigEndian(info[at..]);

    private static TimeSpan Microseconds(long count) => TimeSpan.FromMicroseconds(count);
}
