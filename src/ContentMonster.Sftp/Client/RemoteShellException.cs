namespace ContentMonster.Sftp.Client;

/// <summary>The remote shell is over. Text from the server in the message is escaped by nobody yet.</summary>
public class RemoteShellException(string message, Exception? inner = null) : IOException(message, inner);
