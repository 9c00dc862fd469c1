using System.Diagnostics;

namespace ContentMonster.Sftp.Process;

/// <content>How a child is started: with its environment, its order for the socket and its askpass server.</content>
public sealed partial class SshProcess
{
    private static SshProcess StartSsh(SshTarget target, List<string> arguments, SshConfiguration? configuration)
    {
        SocketOrder? order = target.OpensSocket(configuration)
            ? new SocketOrder(configuration!.HostName, configuration.Port, target.CongestionControl, target.ConnectTimeout, target.Silence, configuration.AddressFamily) : null;
        SshProcess ssh = StartWithSecrets(target, arguments, configuration, target.HandsOver ? null : order);
        ssh._handover = order is not null && target.HandsOver ? ssh.HandOverAsync(order) : Task.CompletedTask;
        bool direct = target.ProxyJump is null or "none" && configuration is null or { HasProxyCommand: false, HasProxyJump: false };
        ssh._isBound = configuration is { IsBound: true };
        ssh._connection = OperatingSystem.IsLinux() && direct ? new ConnectionReader(ssh.ProcessId, configuration?.Port ?? target.Port ?? 0) : null;
        return ssh;
    }

    private async Task HandOverAsync(SocketOrder order)
    {
        using System.Net.Sockets.Socket? socket = await SocketHandover.RunAsync(order, ProcessId, _error, Exited, _knock).ConfigureAwait(false);
        if (socket is null)
        {
            return;
        }

        lock (_gate)
        {
            _socket = socket;
            if (_loggedIn)
            {
                // It was quicker than the news that it has its connection.
                TcpCongestion.BeginAnew(socket);
            }
        }

        // Only while the child lives: the server sees a connection end when the last descriptor of it is closed.
        await SocketOptions.FollowAsync(socket, order, TimeProvider.System, Exited).ConfigureAwait(false);
        await Exited.ConfigureAwait(false);
        lock (_gate)
        {
            _socket = null;
        }

        SocketOptions.DropUnsent(socket);
    }

    /// <param name="order">For the opener; null: it is not needed.</param>
    private static SshProcess StartWithSecrets(SshTarget target, List<string> arguments, SshConfiguration? configuration, SocketOrder? order)
    {
        Dictionary<string, string> Completed(Dictionary<string, string> environment) => order is null ? environment : SshEnvironment.WithSocket(environment, order);
        if (target is not { Secrets: { } secrets, AskpassProgram: { } program })
        {
            return Start(target.SshProgram, arguments, Completed(SshEnvironment.Plain()), askpass: null);
        }

        AskpassServer askpass = AskpassServer.Open(AskpassPrompts.For(target, secrets, configuration));
        try
        {
            return Start(target.SshProgram, arguments, Completed(SshEnvironment.WithAskpass(program, askpass.SocketPath)), askpass);
        }
        catch
        {
            askpass.Close();
            throw;
        }
    }

    private static SshProcess Start(string program, IReadOnlyList<string> arguments, Dictionary<string, string> environment, AskpassServer? askpass)
    {
        if (!PosixSpawn.Works)
        {
            return StartElsewhere(program, arguments, environment, askpass);
        }

        (int pid, System.Net.Sockets.Socket transport, System.Net.Sockets.Socket error) = PosixSpawn.Start(program, arguments, environment);
        Task<int?> ended = ChildReaper.Adopt(pid);
        return new SshProcess(
            pid,
            new ChildStream(transport),
            new ChildStream(error),
            async () => Status(await ended.ConfigureAwait(false)),
            signal => ChildReaper.Signal(pid, signal), // to its whole group: a ProxyCommand must not outlive a killed ssh
            askpass);
    }

    private static (int? Code, int? Signal) Status(int? status) => status switch
    {
        null => (null, null),
        int value when (value & 0x7F) == 0 => ((value >> 8) & 0xFF, null),
        int value => (null, value & 0x7F),
    };

    /// <summary>Systems without posix_spawn's sessions: the child is an ordinary one there.</summary>
    private static SshProcess StartElsewhere(string program, IReadOnlyList<string> arguments, Dictionary<string, string> environment, AskpassServer? askpass)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, CreateNoWindow = true };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        System.Diagnostics.Process child;
        try
        {
            child = System.Diagnostics.Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception trouble)
        {
            throw new SshStartException(program, trouble.NativeErrorCode, trouble.Message);
        }

        var transport = new TwoWayStream(child.StandardOutput.BaseStream, child.StandardInput.BaseStream);
        return new SshProcess(
            child.Id,
            transport,
            child.StandardError.BaseStream,
            async () =>
            {
                await child.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
                return (child.ExitCode, null);
            },
            _ =>
            {
                child.Kill(entireProcessTree: true);
                return true;
            },
            askpass);
    }
}
