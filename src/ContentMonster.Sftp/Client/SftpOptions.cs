namespace ContentMonster.Sftp.Client;

public sealed record SftpOptions
{
    /// <summary>Silence with requests pending that ends the session. At least 1 s.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Deadline from the first byte sent to the server's version and limits.</summary>
    public TimeSpan HelloPatience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Bytes that the server's TCP has so far; null: not known. A slow link shared by several sessions keeps each waiting long for a whole
    /// reply: while such bytes still arrive, that is no silence.
    /// </summary>
    public Func<long?>? Arrived { get; init; }

    /// <summary>Null: uploads are as fast as the window allows.</summary>
    public IUploadThrottle? Throttle { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
