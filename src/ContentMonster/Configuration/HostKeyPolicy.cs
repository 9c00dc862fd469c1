namespace ContentMonster.Configuration;

/// <summary>What a vessel's host key must be.</summary>
public enum HostKeyPolicy { AcceptNew, Strict }
