namespace ContentMonster.Sftp.Client;

/// <summary>The session was ended by us: requests pending and no byte for <see cref="SftpOptions.Patience"/>.</summary>
public sealed class SftpStalledException(string message) : SftpConnectionException(message);
