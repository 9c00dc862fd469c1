using System.Net;
using System.Net.Sockets;

namespace ContentMonster.Sftp.Process;

// Implementation notes
//
// ssh starts this as its ProxyCommand with ProxyUseFdpass=yes: its standard output is a Unix socket, one byte with one descriptor is sent over it
// (SCM_RIGHTS, unix(7)), and it leaves; ssh talks over the socket as over its own. So the sender's side of TCP is ours to set, which is the only
// side that decides about congestion control.
//
// What it says on standard error is worded as ssh words it: whoever reads ssh's last words reads these too.

/// <summary>The other side of <see cref="SshTarget.SocketProgram"/>: our executable, started by ssh to open the connection for it.</summary>
public static class SocketOpener
{
    /// <summary>The arguments that ssh starts it with.</summary>
    public static IReadOnlyList<string> Arguments { get; } = ["open-socket", "for-ssh"];

    private const int StandardOutput = 1;

    /// <summary>Whether this process was started by ssh to open a socket.</summary>
    public static bool IsCalled(IReadOnlyList<string> arguments) =>
        arguments.SequenceEqual(Arguments, StringComparer.Ordinal) && Environment.GetEnvironmentVariable(SocketOrder.Variable) is { Length: > 0 };

    /// <summary>Connects and passes the socket on; 0 when that is done, 1 with a line on standard error when not.</summary>
    public static async Task<int> RunAsync()
    {
        if (SocketOrder.Parse(Environment.GetEnvironmentVariable(SocketOrder.Variable)) is not { } order)
        {
            await Console.Error.WriteLineAsync("Could not open a socket, because the order for it cannot be read.").ConfigureAwait(false);
            return 1;
        }

        try
        {
            bool isLiteral = IPAddress.TryParse(order.Host, out IPAddress? literal) && (order.FamilyWord is null || literal.AddressFamily == order.Family);
            IPAddress[] addresses = isLiteral ? [literal!] : Dns.GetHostAddresses(order.Host, order.Family);
            using Socket socket = addresses is [var only]
                ? DirectConnect.Connect(only, order, knock: null, CancellationToken.None)
                : await SocketConnector.ConnectAsync(order, TimeProvider.System, knock: null, CancellationToken.None).ConfigureAwait(false);
            DescriptorPass.Send(StandardOutput, (int)socket.Handle);
            return 0;
        }
        catch (SocketException trouble)
        {
            await Console.Error.WriteLineAsync(SocketConnector.Words(order, trouble)).ConfigureAwait(false);
            return 1;
        }
        catch (IOException trouble)
        {
            await Console.Error.WriteLineAsync(trouble.Message).ConfigureAwait(false);
            return 1;
        }
    }
}
