namespace ContentMonster.Sftp.Client;

/// <summary>One long-lived POSIX sh on the server ("ssh HOST exec sh"), scripts on its standard input, answers framed by tokens.</summary>
public sealed class RemoteShell : IAsyncDisposable
{
    public static Task<RemoteShell> StartAsync(Stream transport, RemoteShellOptions options, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Exception? Broken => throw new NotSupportedException();

    public Task Ended => throw new NotSupportedException();

    /// <summary>Runs a script (POSIX sh text as bytes; its commands get &lt;/dev/null as input). Scripts run one after another. A heartbeat runs beside it.</summary>
    public Task<ShellResult> RunAsync(ReadOnlyMemory<byte> script, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask DisposeAsync() => throw new NotSupportedException();
}

public sealed record RemoteShellOptions
{
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);
    public TimeSpan HelloPatience { get; init; } = TimeSpan.FromSeconds(30);
    /// <summary>Output of one script above this ends the shell. Bytes.</summary>
    public int MaxOutputBytes { get; init; } = 4 << 20;
    public TimeProvider Time { get; init; } = TimeProvider.System;
}

/// <summary>What a script printed on its standard output (stderr is merged only where the script says so) and its exit status.</summary>
public sealed record ShellResult(int ExitStatus, byte[] Output);

/// <summary>Quoting for POSIX sh.</summary>
public static class ShellQuote
{
    /// <summary>One word in single quotes; throws <see cref="ArgumentException"/> on NUL.</summary>
    public static byte[] Quote(ReadOnlySpan<byte> word) => throw new NotSupportedException();
}
