using System.Security.Cryptography;
using ContentMonster.Model;
using ContentMonster.Sftp.Client;

namespace ContentMonster.Vessels;

/// <summary>
/// How fast one lane carries random data into an unfinished file. Each piece is twice as long as the one before, and none is begun that would
/// not be through in time: so little is in flight at the end that the file can be removed at once, however slow the link is.
/// </summary>
internal static class RateProbe
{
    private const long FirstPiece = 64 << 10;
    private const long MostBytes = 4 << 20;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    /// <summary>Writes into an open and empty file.</summary>
    /// <param name="client">The lane's.</param>
    /// <param name="handle">The file.</param>
    /// <param name="limit">Bytes a second that may be sent at the most; null: any.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<RateSample> MeasureAsync(SftpClient client, SftpHandle handle, long? limit, TimeProvider time, CancellationToken cancellationToken)
    {
        var random = new RandomBytes();
        long begun = time.GetTimestamp();
        long sent = 0;
        double rate = 0;
        for (long piece = Math.Clamp((limit ?? long.MaxValue) / 4, 1, FirstPiece); sent + piece <= MostBytes; piece *= 2)
        {
            long pieceBegun = time.GetTimestamp();
            await client.UploadAsync(handle, random, sent, sent, piece, null, cancellationToken).ConfigureAwait(false);
            TimeSpan took = time.GetElapsedTime(pieceBegun);
            sent += piece;
            rate = piece / Math.Max(took.TotalSeconds, 1e-6);
            if (time.GetElapsedTime(begun) + (took * 2) > Longest)
            {
                break;
            }
        }

        return new RateSample(sent, time.GetElapsedTime(begun), rate);
    }

    // Random, so that neither ssh's compression nor a disk that saves equal blocks makes the link look faster than it is.
    private sealed class RandomBytes : IUploadSource
    {
        public int Read(long offset, Span<byte> buffer)
        {
            RandomNumberGenerator.Fill(buffer);
            return buffer.Length;
        }
    }
}

/// <param name="BytesPerSecond">Of the last and longest piece: the first ones measure the round trip, or what a BandwidthLimit lets through at once.</param>
internal sealed record RateSample(long SentBytes, TimeSpan Took, double BytesPerSecond);
