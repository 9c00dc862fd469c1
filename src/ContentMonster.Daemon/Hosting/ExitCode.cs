namespace ContentMonster.Daemon.Hosting;

/// <summary>How the program ends.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Failed = 1;

    /// <summary>Wrong usage or settings: trying again without a change is no use.</summary>
    public const int Misused = 2;

    /// <summary>Or not everything archived.</summary>
    public const int NotEverythingDelivered = 3;

    /// <summary>Whoever read the output has gone: what a shell says of a program that SIGPIPE ended.</summary>
    public const int NobodyReads = 141;
}
