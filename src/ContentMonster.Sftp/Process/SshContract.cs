namespace ContentMonster.Sftp.Process;

/// <summary>How to reach one server; checked against strict character sets when made (FAULTS 3.1).</summary>
public sealed record SshTarget
{
    public required string Host { get; init; }
    public string? User { get; init; }
    public int? Port { get; init; }
    public string? IdentityFile { get; init; }
    /// <summary>Our own known_hosts file: new keys are pinned there.</summary>
    public required string KnownHostsFile { get; init; }
    public bool StrictHostKeys { get; init; }
    public string? ProxyJump { get; init; }
    public bool Compression { get; init; }
    /// <summary>Further options, each "Name=Value" as after ssh's -o.</summary>
    public IReadOnlyList<string> Options { get; init; } = [];
    /// <summary>Deadline for connecting, 1 s or more: rounded up to whole seconds for ssh's ConnectTimeout.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);
    /// <summary>Null: BatchMode=yes. A password or passphrase is asked for through askpass only.</summary>
    public SshSecrets? Secrets { get; init; }
    /// <summary>Program to run as SSH_ASKPASS; required with <see cref="Secrets"/>.</summary>
    public string? AskpassProgram { get; init; }
    /// <summary>The ssh program; found on PATH.</summary>
    public string SshProgram { get; init; } = "ssh";
}

public sealed class SshSecrets(string? password, string? passphrase)
{
    internal string? Password { get; } = password;
    internal string? Passphrase { get; } = passphrase;
    public override string ToString() => "***";
}

/// <summary>How an ssh child ended. <paramref name="ErrorText"/> is the last 8 KiB of its standard error, escaped by nobody yet.</summary>
public sealed record SshExit(int? ExitCode, int? Signal, string ErrorText);

/// <summary>One ssh child in a session of its own, owned by us until it is reaped.</summary>
public sealed class SshProcess : IAsyncDisposable
{
    /// <summary>ssh's standard input and output.</summary>
    public Stream Transport => throw new NotSupportedException();

    public int ProcessId => throw new NotSupportedException();

    /// <summary>Completes (never faults) when the child has been reaped.</summary>
    public Task<SshExit> Exited => throw new NotSupportedException();

    /// <summary>Standard error so far (last 8 KiB).</summary>
    public string ErrorText => throw new NotSupportedException();

    public static SshProcess StartSubsystem(SshTarget target, string subsystem) => throw new NotSupportedException();

    public static SshProcess StartCommand(SshTarget target, string command) => throw new NotSupportedException();

    /// <summary>A local program in place of ssh (tests: sftp-server, sh).</summary>
    public static SshProcess StartLocal(string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment = null) => throw new NotSupportedException();

    /// <summary>Closes stdin, waits, TERM, waits, KILL; reaps.</summary>
    public ValueTask DisposeAsync() => throw new NotSupportedException();
}
