using System.Runtime.InteropServices;
using System.Text;

namespace ContentMonster.Sftp.Process;

/// <summary>Reads a child's standard error to its end and keeps the last of it, and the first.</summary>
internal sealed class ErrorTail
{
    private const int KeptBytes = 8 << 10;
    private const int FirstBytes = 16 << 10;

    private readonly Lock _gate = new();

    // Guarded by _gate.
    private readonly byte[] _kept = new byte[KeptBytes];
    private readonly List<byte> _first = [];
    private bool _saidMore; // than _first holds
    private int _length;
    private int _divide; // what follows was said after the division
    private byte[]? _mark;
    private TaskCompletionSource<string>? _marked;

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

    /// <summary>What was said since <see cref="Divide"/>; all, where it was never divided.</summary>
    public string Later
    {
        get
        {
            lock (_gate)
            {
                return Encoding.UTF8.GetString(_kept, _divide, _length - _divide);
            }
        }
    }

    /// <summary>What of it was said before <see cref="Divide"/>; nothing, where it was never divided.</summary>
    public string Earlier
    {
        get
        {
            lock (_gate)
            {
                return Encoding.UTF8.GetString(_kept, 0, _divide);
            }
        }
    }

    /// <summary>What was said first, however much followed; and whether that is all.</summary>
    public (string Text, bool IsAll) First
    {
        get
        {
            lock (_gate)
            {
                return (Encoding.UTF8.GetString(CollectionsMarshal.AsSpan(_first)), !_saidMore);
            }
        }
    }

    public void Divide()
    {
        lock (_gate)
        {
            _divide = _length;
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

    /// <summary>The rest of the first line that begins so; it is taken out of the text. Asked for once.</summary>
    public Task<string> AfterAsync(string mark)
    {
        lock (_gate)
        {
            _mark = Encoding.ASCII.GetBytes(mark);
            _marked = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
            TakeMarked();
            return _marked.Task;
        }
    }

    /// <summary>Adds a line, as if the child had said it.</summary>
    public void Say(string line) => Keep(Encoding.UTF8.GetBytes(line + "\n"));

    private void Keep(ReadOnlySpan<byte> more)
    {
        lock (_gate)
        {
            int fits = Math.Min(more.Length, FirstBytes - _first.Count);
            _first.AddRange(more[..fits]);
            _saidMore |= fits < more.Length;
            int dropped = Math.Max(0, _length + more.Length - KeptBytes);
            _kept.AsSpan(dropped, _length - dropped).CopyTo(_kept);
            _length -= dropped;
            _divide = Math.Max(0, _divide - dropped);
            more.CopyTo(_kept.AsSpan(_length));
            _length += more.Length;
            TakeMarked();
        }
    }

    // Under the gate.
    private void TakeMarked()
    {
        if (_mark is null)
        {
            return;
        }

        // ssh that tells what it does names the command, and so the mark, in the middle of a line.
        Span<byte> text = _kept.AsSpan(0, _length);
        int at = 0;
        while (!text[at..].StartsWith(_mark))
        {
            int lineEnd = text[at..].IndexOf((byte)'\n');
            if (lineEnd < 0)
            {
                return;
            }

            at += lineEnd + 1;
        }

        int end = text[at..].IndexOf((byte)'\n');
        if (end < 0)
        {
            return;
        }

        _marked!.TrySetResult(Encoding.UTF8.GetString(text.Slice(at + _mark.Length, end - _mark.Length)));
        text[(at + end + 1)..].CopyTo(text[at..]);
        _length -= end + 1;
        _divide = _divide > at ? Math.Max(at, _divide - (end + 1)) : _divide;
        _mark = null;
    }
}
