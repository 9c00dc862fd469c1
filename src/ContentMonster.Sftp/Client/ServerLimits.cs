namespace ContentMonster.Sftp.Client;

/// <summary>The answer to limits@openssh.com (OpenSSH PROTOCOL, section 4.8) as sent: 0 means that nothing is said.</summary>
internal sealed record ServerLimits(ulong MaxPacket, ulong MaxRead, ulong MaxWrite, ulong MaxOpenHandles);
