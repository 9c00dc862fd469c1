namespace ContentMonster.Sftp.Wire;

/// <summary>A whole packet in a buffer of the shared pool; whoever holds it last gives the buffer back.</summary>
/// <param name="FileBytes">File bytes of an upload within it.</param>
internal readonly record struct OutgoingPacket(byte[] Buffer, int Length, int FileBytes);
