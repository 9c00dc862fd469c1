using System.Globalization;
using System.Text;

namespace ContentMonster.Sftp.Client;

/// <summary>
/// Takes one answer out of what a shell says: <c>B</c> token newline, the output byte for byte with <c>H</c> token newline (heartbeats) anywhere in it,
/// or <c>S</c> token newline (the script runs) anywhere in it, <c>E</c> token space status newline. What comes before the begin is noise, of which a little
/// is kept to be told.
/// </summary>
internal sealed class ShellFrame
{
    /// <summary>A message of the day, an rc file that talks: more than this is not a shell.</summary>
    public const int MostNoiseBytes = 64 << 10;
    private const int LongestStatus = 10;
    private const int ToldBytes = 1024;

    private readonly byte[] _begin;
    private readonly byte[] _token;
    private readonly int _mostOutputBytes;

    private byte[] _heard = new byte[512];
    private int _length;
    private int _scanned;
    private bool _begun;
    private bool _runs;

    private ShellFrame(string token, int mostOutputBytes, bool saidHello)
    {
        _token = Encoding.ASCII.GetBytes(token);
        _begin = [(byte)'B', .. _token, (byte)'\n'];
        _mostOutputBytes = mostOutputBytes;
        SaidHello = saidHello;
    }

    /// <summary>Whether the shell had answered before this frame, so that this is a script.</summary>
    public bool SaidHello { get; }

    /// <summary>Whether its turn has come; its text may still be on its way.</summary>
    public bool HasBegun => _begun;

    /// <summary>What was heard of the script's own output; null: the shell does not run it yet.</summary>
    public int? OutputBytes => _runs ? _length : null;

    public ShellResult? Result { get; private set; }

    public RemoteShellException? Trouble { get; private set; }

    /// <summary>What came after the result: the next answer's.</summary>
    public ReadOnlyMemory<byte> Rest { get; private set; }

    public static ShellFrame ForHello(string token) => new(token, 0, saidHello: false);

    public static ShellFrame ForScript(string token, int mostOutputBytes) => new(token, mostOutputBytes, saidHello: true);

    public void Feed(ReadOnlySpan<byte> bytes)
    {
        if (Result is not null || Trouble is not null)
        {
            return;
        }

        Append(bytes);
        if (!_begun && !FindBegin())
        {
            return;
        }

        while (Result is null && FindToken())
        {
        }

        // The end token with its status may be there in part.
        if ((Result?.Output.Length ?? _length - _token.Length - LongestStatus - 2) > _mostOutputBytes)
        {
            Result = null;
            Trouble = new RemoteShellException($"Could not take a script's output, because it is longer than {_mostOutputBytes} bytes.");
        }
    }

    /// <summary>The last of what was heard and is no whole answer.</summary>
    public string HeardText() => Encoding.UTF8.GetString(_heard.AsSpan(Math.Max(0, _length - ToldBytes).._length)).Trim();

    private bool FindBegin()
    {
        int at = _heard.AsSpan(_scanned.._length).IndexOf(_begin);
        if (at < 0)
        {
            _scanned = Math.Max(0, _length - _begin.Length + 1);
            if (_length > MostNoiseBytes)
            {
                string text = HeardText();
                Trouble = SaidHello
                    ? new RemoteShellException("Could not go on with the remote shell, because it says what no script printed.")
                    : new RemoteShellUnavailableException($"Could not use a shell on the server, because it sent more than {MostNoiseBytes >> 10} KiB before it answered.", text) { ConnectionStood = true };
            }

            return false;
        }

        _begun = true;
        CutOut(0, _scanned + at + _begin.Length);
        _scanned = 0;
        return true;
    }

    /// <summary>Deals with the next token, if it is there whole; false when more has to be heard first.</summary>
    private bool FindToken()
    {
        int at = _heard.AsSpan(_scanned.._length).IndexOf(_token);
        if (at < 0)
        {
            _scanned = Math.Max(_scanned, _length - _token.Length + 1);
            return false;
        }

        int start = _scanned + at;
        int after = start + _token.Length;
        if (after == _length)
        {
            _scanned = start;
            return false;
        }

        byte kind = start == 0 ? (byte)0 : _heard[start - 1];
        if (kind is (byte)'H' or (byte)'S' && _heard[after] == '\n')
        {
            _runs |= kind == 'S';
            CutOut(start - 1, after + 1);
            _scanned = start - 1;
            return true;
        }

        if (kind == 'E' && _heard[after] == ' ')
        {
            _scanned = start;
            return TakeEnd(start - 1, after + 1);
        }

        _scanned = after;
        return true;
    }

    private bool TakeEnd(int outputLength, int statusStart)
    {
        int newline = _heard.AsSpan(statusStart.._length).IndexOf((byte)'\n');
        if (newline < 0 && _length - statusStart <= LongestStatus)
        {
            return false;
        }

        if (newline >= 0 && int.TryParse(_heard.AsSpan(statusStart, newline), NumberStyles.None, CultureInfo.InvariantCulture, out int status))
        {
            Result = new ShellResult(status, _heard[..outputLength]);
            Rest = _heard.AsMemory((statusStart + newline + 1).._length);
            return false;
        }

        Trouble = new RemoteShellException("Could not read a script's exit status, because what stands in its place is not a number.");
        return false;
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        if (_heard.Length - _length < bytes.Length)
        {
            Array.Resize(ref _heard, Math.Max(_heard.Length * 2, _length + bytes.Length));
        }

        bytes.CopyTo(_heard.AsSpan(_length));
        _length += bytes.Length;
    }

    private void CutOut(int from, int to)
    {
        _heard.AsSpan(to.._length).CopyTo(_heard.AsSpan(from));
        _length -= to - from;
    }
}
