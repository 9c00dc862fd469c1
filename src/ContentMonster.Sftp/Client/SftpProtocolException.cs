namespace ContentMonster.Sftp.Client;

/// <summary>The session was ended by us: what came is not SFTP v3 or contradicts itself.</summary>
public sealed class SftpProtocolException(string message) : SftpConnectionException(message);
