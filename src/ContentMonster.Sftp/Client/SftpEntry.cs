namespace ContentMonster.Sftp.Client;

/// <summary>One name in a directory, as the server's bytes: never to be used as a local path.</summary>
public sealed record SftpEntry(byte[] Name, SftpAttributes Attributes);
