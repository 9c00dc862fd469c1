namespace ContentMonster.Sftp.Wire;

/// <summary>What is accepted from a server before a byte is allocated for it. Lengths in bytes.</summary>
internal static class WireLimits
{
    /// <summary>A type and an id.</summary>
    public const int MinPacket = 5;

    /// <summary>OpenSSH's own client stops at 256 KiB; the rest is room for headers.</summary>
    public const int MaxPacket = 262_144 + 1_024;

    public const int LengthField = 4;

    /// <summary>draft-ietf-secsh-filexfer-02, section 6.3: a handle is at most 256 bytes.</summary>
    public const int MaxHandle = 256;

    public const int MaxStatusText = 1_024;

    /// <summary>Longer than any file system's name, short enough for a listing to stay small.</summary>
    public const int MaxEntryName = 4_096;

    public const int MaxPath = 32_768;

    public const int MaxExtensions = 128;

    public const int MinTransfer = 1_024;

    /// <summary>OpenSSH closes the connection on a write of 262,144 bytes; 255 KiB is what it offers.</summary>
    public const int MaxTransfer = 255 * 1_024;

    /// <summary>draft-ietf-secsh-filexfer-02, section 3: every server takes packets with 32,768 bytes of data.</summary>
    public const int DefaultTransfer = 32_768;
}
