using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace ContentMonster.Sftp.Process;

// Implementation notes
//
// One for each connection attempt. The socket lies in a fresh directory of mode 0700, the peer must be our own user, and (on Linux) a member of the
// session that this very ssh leads: another program of the same user that finds the path is told nothing.
//
// The exchange: the helper sends the prompt and ends its side; the answer is one byte, 1 and the secret after it, or 0.

/// <summary>Answers the askpass helper over a private socket.</summary>
internal sealed class AskpassServer : IAsyncDisposable
{
    public const byte Granted = 1;
    public const byte Refused = 0;
    private const int LongestPromptInBytes = 4096;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PauseAfterTrouble = TimeSpan.FromMilliseconds(50);

    private readonly string _directory;
    private readonly AskpassPrompts _prompts;
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly CancellationTokenSource _closing = new();
    private readonly Lock _gate = new();

    // Guarded by _gate.
    private bool _closed;
    private Task _serving = Task.CompletedTask;

    private AskpassServer(string directory, AskpassPrompts prompts)
    {
        _directory = directory;
        _prompts = prompts;
        SocketPath = Path.Combine(directory, AskpassDirectory.Socket);
        _listener.Bind(new UnixDomainSocketEndPoint(SocketPath));
        _listener.Listen(backlog: 4);
    }

    public string SocketPath { get; }

    public static AskpassServer Open(AskpassPrompts prompts) => new(AskpassDirectory.Make(), prompts);

    /// <summary>Begins to answer the helpers of the ssh that leads this session.</summary>
    public void Serve(int session)
    {
        lock (_gate)
        {
            _serving = ServeAsync(session);
        }
    }

    /// <summary>Answers nobody any more and removes the socket.</summary>
    public void Close()
    {
        lock (_gate)
        {
            if (_closed)
            {
                return;
            }

            _closed = true;
            _closing.Cancel();
            _listener.Dispose();
            try
            {
                File.Delete(SocketPath);
                Directory.Delete(_directory);
            }
            catch (IOException)
            {
                // Only an empty socket file of ours is in there; nothing depends on its removal.
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        Close();
        await _serving.ConfigureAwait(false);
        _closing.Dispose();
    }

    private async Task ServeAsync(int session)
    {
        while (!_closing.IsCancellationRequested)
        {
            try
            {
                using Socket peer = await _listener.AcceptAsync(_closing.Token).ConfigureAwait(false);
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(_closing.Token);
                limit.CancelAfter(Patience);
                await AnswerAsync(peer, session, limit.Token).ConfigureAwait(false);
            }
            catch (Exception trouble) when (trouble is SocketException or IOException or ObjectDisposedException or OperationCanceledException)
            {
                // That helper gets no answer and refuses; the next may be sound. The pause keeps a lasting trouble (no descriptors left) from spinning.
                await Task.Delay(PauseAfterTrouble, TimeProvider.System, _closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task AnswerAsync(Socket peer, int session, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[LongestPromptInBytes];
        int length = 0;
        while (length < buffer.Length && await peer.ReceiveAsync(buffer.AsMemory(length), cancellationToken).ConfigureAwait(false) is > 0 and int count)
        {
            length += count;
        }

        bool mayKnow = length < buffer.Length && IsOurs(peer, session);
        string? answer = mayKnow ? _prompts.Answer(Encoding.UTF8.GetString(buffer, 0, length)) : null;
        byte[] reply = answer is null ? [Refused] : [Granted, .. Encoding.UTF8.GetBytes(answer)];
        await peer.SendAsync(reply, cancellationToken).ConfigureAwait(false);
    }

    private static unsafe bool IsOurs(Socket peer, int session)
    {
        if (OperatingSystem.IsLinux())
        {
            const int socketLevel = 1;
            const int peerCredentials = 17;
            Span<byte> credentials = stackalloc byte[12];
            peer.GetRawSocketOption(socketLevel, peerCredentials, credentials);
            int pid = BinaryPrimitives.ReadInt32LittleEndian(credentials);
            uint user = BinaryPrimitives.ReadUInt32LittleEndian(credentials[4..]);
            return user == Posix.EffectiveUser() && Posix.GetSession(pid) == session;
        }

        if (OperatingSystem.IsMacOS())
        {
            uint user;
            uint group;
            return Posix.GetPeer((int)peer.SafeHandle.DangerousGetHandle(), &user, &group) == 0 && user == Posix.EffectiveUser();
        }

        // Elsewhere the directory's own protection has to do.
        return true;
    }
}
