namespace ContentMonster.Vessels;

/// <summary>How ssh went to a vessel, for whoever reads its last words.</summary>
/// <param name="Stood">The session had begun.</param>
/// <param name="JumpHost">ProxyJump, where one is in force.</param>
/// <param name="HasProxyCommand">A program of the user's opens the connection (ProxyCommand in ssh_config or SshOptions).</param>
internal readonly record struct SshWay(bool Stood, string? JumpHost, bool HasProxyCommand)
{
    /// <summary>What came where the version of an SSH server should have come, by ssh's own words at LogLevel=DEBUG1; null: not known, or one came.</summary>
    public string? Answer { get; init; }
}
