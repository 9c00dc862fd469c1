namespace ContentMonster.Sftp.Client;

/// <summary>The shell was ended by us: a script was under way and no byte came for <see cref="RemoteShellOptions.Patience"/>.</summary>
public sealed class RemoteShellStalledException(string message) : RemoteShellException(message);
