using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace ContentMonster.Daemon.Hosting;

/// <summary>
/// The daemon's ear for commands: a Unix socket beside the ledger, for the same user and root only. One request a connection.
/// </summary>
internal sealed class ControlServer : IAsyncDisposable
{
    public const int MostFilesListed = 10_000;
    private const int LongestRequestInBytes = 4096;
    private const int MostClients = 8;
    private const int SocketLevel = 1; // SOL_SOCKET
    private const int PeerCredentials = 17; // SO_PEERCRED: pid, uid, gid
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly string _path;
    private readonly IEngine _engine;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly Socket _listener;
    private readonly UnixAddress _address; // outlives the listener, which removes the socket by this name
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _places = new(MostClients);
    private readonly Task _accepting;

    private ControlServer(string path, Socket listener, UnixAddress address, IEngine engine, ILogger logger, TimeProvider time)
    {
        (_path, _listener, _address, _engine, _logger, _time) = (path, listener, address, engine, logger, time);
        _accepting = AcceptAsync();

        // As with the ledger's lock: a process may not come to its end, and must not answer in the next one's place.
        AppDomain.CurrentDomain.ProcessExit += LetGo;
    }

    /// <summary>Listens; a socket that a killed daemon left behind is replaced, one that answers is another daemon's.</summary>
    public static ControlServer Start(string path, IEngine engine, ILogger logger, TimeProvider time)
    {
        RemoveStale(path);
        UnixAddress address = UnixAddress.Of(path);
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            listener.Bind(address.EndPoint);
            if (!OperatingSystem.IsWindows())
            {
                // Before Listen: until then nobody can connect.
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }

            listener.Listen(MostClients);
            return new(path, listener, address, engine, logger, time);
        }
        catch (SocketException refused)
        {
            listener.Dispose();
            address.Dispose();
            throw new IOException($"Could not listen on {path}, because {refused.Message}. Is the folder writable for the daemon's user?", refused);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        AppDomain.CurrentDomain.ProcessExit -= LetGo;
        _address.Dispose();
        await _accepting;
        for (int place = 0; place < MostClients; place++)
        {
            await _places.WaitAsync(CancellationToken.None);
        }

        _stop.Dispose();
        try
        {
            File.Delete(_path);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            // With its folder, perhaps: whatever ended the daemon is what is to be told. One that stays is replaced at the next start.
        }
    }

    private void LetGo(object? sender, EventArgs e)
    {
        _stop.Cancel();
        _listener.Dispose();
    }

    private static void RemoveStale(string path)
    {
        var there = new FileInfo(path);
        if (!there.Exists && there.LinkTarget is null)
        {
            return;
        }

        if (there.LinkTarget is not null || there.Length != 0)
        {
            throw new IOException($"Could not listen on {path}, because a file that is not a socket is there. Move it away.");
        }

        try
        {
            using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            using UnixAddress address = UnixAddress.Of(path);
            probe.Connect(address.EndPoint);
        }
        catch (SocketException)
        {
            there.Delete();
            return;
        }

        throw new IOException($"Could not listen on {path}, because another daemon answers there. Stop it first, or use another settings file.");
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            try
            {
                await _places.WaitAsync(_stop.Token);
                Socket client = await AcceptInPlaceAsync();

                // The place is the owner: disposing waits until each is given back.
                _ = ServeAsync(client);
            }
            catch (Exception over) when (over is OperationCanceledException || _stop.IsCancellationRequested)
            {
                return;
            }
            catch (SocketException trouble)
            {
                // Descriptors may have run out for a moment; the pause keeps this from spinning.
                DaemonLog.ControlTrouble(_logger, trouble.Message);
                await Task.Delay(TimeSpan.FromSeconds(1), _time, CancellationToken.None);
            }
        }
    }

    private async Task<Socket> AcceptInPlaceAsync()
    {
        try
        {
            return await _listener.AcceptAsync(_stop.Token);
        }
        catch
        {
            _places.Release();
            throw;
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using (client)
        {
            try
            {
                using var limit = new CancellationTokenSource(Patience, _time);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _stop.Token);
                ControlReply reply = IsTrusted(client)
                    ? await AnswerAsync(await ControlLine.ReadAsync(client, ControlJson.Default.ControlRequest, LongestRequestInBytes, either.Token), either.Token)
                    : new("Could not answer, because only the daemon's own user and root may ask.");
                await ControlLine.WriteAsync(client, reply, ControlJson.Default.ControlReply, either.Token);
            }
            catch (Exception trouble)
            {
                if (trouble is not (OperationCanceledException or SocketException))
                {
                    DaemonLog.ControlBug(_logger, trouble);
                }
            }
            finally
            {
                _places.Release();
            }
        }
    }

    private async Task<ControlReply> AnswerAsync(ControlRequest? request, CancellationToken cancellationToken)
    {
        switch (request?.Command)
        {
            case "status":
                int count = Math.Clamp(request.Count ?? 20, 0, MostFilesListed);
                return new(Status: await StatusReport.FromAsync(_engine, count, cancellationToken));
            case "retry" when request.Vessel is string vessel && _engine.Snapshot().Vessels.All(known => known.Name != vessel):
                return new($"Could not retry, because the settings have no vessel {OneLine.Of(vessel)}.");
            case "retry":
                await _engine.RetryAsync(request.Vessel, cancellationToken);
                return new();
            default:
                return new("Could not answer, because this daemon does not know the question. Is it of another version than the command?");
        }
    }

    private static bool IsTrusted(Socket client)
    {
        if (!OperatingSystem.IsLinux())
        {
            return true; // The socket's mode alone guards it there.
        }

        Span<byte> credentials = stackalloc byte[12];
        client.GetRawSocketOption(SocketLevel, PeerCredentials, credentials);
        uint user = BitConverter.ToUInt32(credentials[4..]);
        return user == 0 || user == OwnProcess.EffectiveUserId;
    }
}
