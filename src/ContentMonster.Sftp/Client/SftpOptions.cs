namespace ContentMonster.Sftp.Client;

public sealed record SftpOptions
{
    /// <summary>Silence with requests pending that ends the session. At least 1 s.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Deadline from the first byte sent to the server's version and limits.</summary>
    public TimeSpan HelloPatience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Null: uploads are as fast as the window allows.</summary>
    public IUploadThrottle? Throttle { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
