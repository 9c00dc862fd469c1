namespace ContentMonster.Sftp.Client;

/// <summary>The session is over: transport closed or failed.</summary>
public class SftpConnectionException(string message, Exception? inner = null) : IOException(message, inner);
