namespace ContentMonster.Daemon.Demo;

/// <summary>What a throwaway sshd shall be like.</summary>
internal sealed record ThrowawaySshdOptions
{
    /// <summary>sshd_config lines that stand first, so they win over the usual ones. No Match here.</summary>
    public IReadOnlyList<string> ConfigLines { get; init; } = [];

    /// <summary>Match blocks, at the end of the file.</summary>
    public IReadOnlyList<string> MatchLines { get; init; } = [];

    /// <summary>Variables for everything the server starts.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>"internal-sftp", or another program; null: sftp-server as found on the machine.</summary>
    public string? SftpProgram { get; init; }
}
