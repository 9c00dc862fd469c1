using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace ContentMonster.Daemon.Hosting;

/// <summary>One line of JSON in each direction over a connected socket.</summary>
internal static class ControlLine
{
    public static async Task WriteAsync<T>(Socket socket, T message, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        // Written compactly, JSON holds no newline: it ends the message.
        byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(message, type), (byte)'\n'];
        for (ReadOnlyMemory<byte> rest = line; !rest.IsEmpty;)
        {
            rest = rest[await socket.SendAsync(rest, SocketFlags.None, cancellationToken)..];
        }
    }

    /// <summary>Null where the peer closed without a whole line, or the line is longer than the limit or no such message.</summary>
    public static async Task<T?> ReadAsync<T>(Socket socket, JsonTypeInfo<T> type, int limitInBytes, CancellationToken cancellationToken)
        where T : class
    {
        var line = new byte[Math.Min(limitInBytes, 4096)];
        int length = 0;
        while (true)
        {
            int read = await socket.ReceiveAsync(line.AsMemory(length), SocketFlags.None, cancellationToken);
            int end = line.AsSpan(length, read).IndexOf((byte)'\n');
            if (end >= 0)
            {
                return Parse(line.AsSpan(0, length + end), type);
            }

            length += read;
            if (read == 0 || length == limitInBytes)
            {
                return null;
            }

            if (length == line.Length)
            {
                Array.Resize(ref line, Math.Min(limitInBytes, line.Length * 2));
            }
        }
    }

    private static T? Parse<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(json, type);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
