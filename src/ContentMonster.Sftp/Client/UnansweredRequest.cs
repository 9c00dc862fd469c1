namespace ContentMonster.Sftp.Client;

/// <summary>What a server that fell silent was asked first of all that it owes an answer to. OpenSSH's answers in the order in which it was asked: so this is most likely what it hangs in.</summary>
/// <param name="path">The file or directory that it is about.</param>
/// <param name="linkLives">The server's end of the connection gave signs of life while its program was silent; they come behind all answers, so what was asked had arrived, and was not answered.</param>
/// <param name="waited">Since it was asked.</param>
public sealed class UnansweredRequest(ReadOnlyMemory<byte> path, bool linkLives, TimeSpan waited)
{
    public ReadOnlyMemory<byte> Path { get; } = path;

    public bool LinkLives { get; } = linkLives;

    public TimeSpan Waited { get; } = waited;
}
