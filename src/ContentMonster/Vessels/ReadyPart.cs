using ContentMonster.Sftp.Client;

namespace ContentMonster.Vessels;

/// <summary>An unfinished file that is durable and has its time and mode, and what its rename needs: all but the rename itself is done.</summary>
/// <param name="Client">The session that the directory is open in; null: nothing is open.</param>
/// <param name="Directory">The destination's directory, to be made durable after the rename; null: it cannot be opened (yet).</param>
/// <param name="Replaces">Whether a regular file stood at the destination.</param>
internal sealed record ReadyPart(SftpClient? Client, SftpHandle? Directory, bool Replaces);
