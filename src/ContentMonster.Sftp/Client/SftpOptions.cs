namespace ContentMonster.Sftp.Client;

/// <summary>How patient a session is, and what it may ask about its connection.</summary>
public sealed record SftpOptions
{
    /// <summary>Several times the longest pause that TCP was seen to make on 64 kbit/s (20 s).</summary>
    public const int PatiencesInCompany = 6;

    /// <summary>Silence with requests pending that ends the session. At least 1 s.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Silence of the whole connection, whatever the program on it is asked for, that ends a session of which more patience than <see cref="Patience"/> is asked: ssh
    /// asks for signs of life meanwhile. Needs <see cref="Link"/>. Infinite: not judged.
    /// </summary>
    public TimeSpan LinkPatience { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>Deadline from the first byte sent to the server's version; its limits have as long again, and nothing waits for them.</summary>
    public TimeSpan HelloPatience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// What TCP tells; null, or a null of its: not known. A slow link shared by several sessions keeps each waiting long for a whole reply: while bytes of
    /// this one still arrive, that is no silence. While only those of others do, one whose bytes are under way is borne for
    /// <see cref="PatiencesInCompany"/> times as long: the link is there, and TCP lets it starve.
    /// </summary>
    public Func<LinkSigns?>? Link { get; init; }

    /// <summary>
    /// TCP's own round trip, smoothed, while bytes wait on this side to be sent: the link's queues are part of it, that wait is not. Null, or zero: none wait, or
    /// it is not known. Asked at most four times a second, while replies come.
    /// </summary>
    public Func<TimeSpan>? BacklogRoundTrip { get; init; }

    /// <summary>Null: uploads are as fast as the window allows.</summary>
    public IUploadThrottle? Throttle { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
