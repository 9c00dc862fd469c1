using System.Text;

namespace ContentMonster.Sftp.Process;

/// <summary>Reads a child's standard error to its end and keeps the last of it.</summary>
internal sealed class ErrorTail
{
    private const int KeptBytes = 8 << 10;

    private readonly Lock _gate = new();

    // Guarded by _gate.
    private readonly byte[] _kept = new byte[KeptBytes];
    private int _length;

    public string Text
    {
        get
        {
            lock (_gate)
            {
                return Encoding.UTF8.GetString(_kept, 0, _length);
            }
        }
    }

    /// <summary>Ends with the stream, or when it is closed under it; never faults.</summary>
    public async Task ReadAsync(Stream error)
    {
        byte[] buffer = new byte[1024];
        try
        {
            while (await error.ReadAsync(buffer, CancellationToken.None).ConfigureAwait(false) is > 0 and int count)
            {
                Keep(buffer.AsSpan(0, count));
            }
        }
        catch (Exception trouble) when (trouble is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // Closed under us: what was read so far is what there is.
        }
    }

    private void Keep(ReadOnlySpan<byte> more)
    {
        lock (_gate)
        {
            int dropped = Math.Max(0, _length + more.Length - KeptBytes);
            _kept.AsSpan(dropped, _length - dropped).CopyTo(_kept);
            _length -= dropped;
            more.CopyTo(_kept.AsSpan(_length));
            _length += more.Length;
        }
    }
}
