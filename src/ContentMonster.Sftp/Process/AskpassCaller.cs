using System.Net.Sockets;
using System.Text;

namespace ContentMonster.Sftp.Process;

/// <summary>The other side of askpass: our executable, started by ssh with a prompt as its only argument.</summary>
public static class AskpassCaller
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>Whether this process was started as ssh's askpass program (a ProxyCommand inherits the variable too, but has other arguments).</summary>
    public static bool IsCalled(IReadOnlyList<string> arguments) => arguments.Count == 1 && SocketPath is { Length: > 0 };

    /// <summary>Prints the answer and returns 0, or prints nothing and returns 1.</summary>
    public static int Run(string prompt)
    {
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            {
                ReceiveTimeout = (int)Patience.TotalMilliseconds,
                SendTimeout = (int)Patience.TotalMilliseconds,
            };
            socket.Connect(new UnixDomainSocketEndPoint(SocketPath ?? ""));
            socket.Send(Encoding.UTF8.GetBytes(prompt));
            socket.Shutdown(SocketShutdown.Send);
            using var answer = new MemoryStream();
            byte[] buffer = new byte[1100];
            while (socket.Receive(buffer) is > 0 and int count)
            {
                answer.Write(buffer, 0, count);
            }

            if (answer.ToArray() is not [AskpassServer.Granted, .. var secret])
            {
                return 1;
            }

            using Stream output = Console.OpenStandardOutput();
            output.Write([.. secret, (byte)'\n']);
            return 0;
        }
        catch (Exception trouble) when (trouble is SocketException or IOException or ArgumentException)
        {
            return 1;
        }
    }

    private static string? SocketPath => Environment.GetEnvironmentVariable(SshEnvironment.AskpassSocket);
}
