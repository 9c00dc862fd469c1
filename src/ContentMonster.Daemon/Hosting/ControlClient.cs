using System.Net.Sockets;

namespace ContentMonster.Daemon.Hosting;

/// <summary>A command's side of the control socket.</summary>
internal static class ControlClient
{
    private const int LongestReplyInBytes = 64 << 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>The daemon's answer; null where no daemon runs.</summary>
    public static async Task<ControlReply?> AskAsync(string path, ControlRequest request, TimeProvider time, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            if (!await ConnectAsync(socket, path, either.Token))
            {
                return null;
            }

            await ControlLine.WriteAsync(socket, request, ControlJson.Default.ControlRequest, either.Token);
            return await ControlLine.ReadAsync(socket, ControlJson.Default.ControlReply, LongestReplyInBytes, either.Token)
                ?? throw new IOException("Could not ask the daemon, because its answer makes no sense. Is it of another version than the command?");
        }
        catch (OperationCanceledException late) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new IOException($"Could not ask the daemon, because it did not answer on {path} within {Patience.TotalSeconds:0} s. Its log tells more.", late);
        }
        catch (SocketException broken)
        {
            throw new IOException($"Could not ask the daemon, because the connection to {path} broke: {broken.Message}.", broken);
        }
    }

    private static async Task<bool> ConnectAsync(Socket socket, string path, CancellationToken cancellationToken)
    {
        try
        {
            if (!Directory.Exists(Path.GetDirectoryName(path)))
            {
                return false;
            }

            using UnixAddress address = UnixAddress.Of(path);
            await socket.ConnectAsync(address.EndPoint, cancellationToken);
            return true;
        }
        catch (SocketException denied) when (denied.SocketErrorCode == SocketError.AccessDenied)
        {
            throw new UnauthorizedAccessException($"Could not ask the daemon, because {path} belongs to another user. Run this as that user or as root.", denied);
        }
        catch (SocketException)
        {
            // No socket, or one that a killed daemon left behind.
            return false;
        }
    }
}
