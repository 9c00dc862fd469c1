namespace ContentMonster.Sftp.Client;

/// <summary>What TCP tells of a session's connection at one moment.</summary>
/// <param name="Arrived">Bytes that the server's TCP has so far.</param>
/// <param name="IsWaiting">Some were sent that it has not acknowledged.</param>
/// <param name="ArrivedInAll">Bytes that have come to the server by all connections of ours to it.</param>
/// <param name="Unheard">Since the last byte came from the server, signs of life that ssh asked for included.</param>
public readonly record struct LinkSigns(long Arrived, bool IsWaiting, long ArrivedInAll, TimeSpan Unheard);
