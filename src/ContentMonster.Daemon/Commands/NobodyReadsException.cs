namespace ContentMonster.Daemon.Commands;

/// <summary>Whoever read the output has gone, as `head` does when it has enough.</summary>
internal sealed class NobodyReadsException() : IOException("Nobody reads the output any more.");
