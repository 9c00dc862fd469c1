namespace ContentMonster.Sftp.Client;

public sealed record RemoteShellOptions
{
    /// <summary>Silence in mid-script that ends the shell; less than 3 s counts as 3 s.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);
    /// <summary>Deadline for the hello, whatever noise comes before it.</summary>
    public TimeSpan HelloPatience { get; init; } = TimeSpan.FromSeconds(30);
    /// <summary>Output of one script above this ends the shell. Bytes.</summary>
    public int MaxOutputBytes { get; init; } = 4 << 20;
    /// <summary>As of <see cref="SftpOptions.Link"/>.</summary>
    public Func<LinkSigns?>? Link { get; init; }
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
