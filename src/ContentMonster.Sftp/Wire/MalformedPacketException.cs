namespace ContentMonster.Sftp.Wire;

/// <summary>Bytes that are not what the draft says; the session turns it into its own end.</summary>
internal sealed class MalformedPacketException(string message) : FormatException(message);
