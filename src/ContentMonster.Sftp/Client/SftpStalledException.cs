namespace ContentMonster.Sftp.Client;

/// <summary>The session was ended by us: the server owed an answer (also its hello, or the end of a listing) for longer than <see cref="SftpOptions"/> bear, or the link was gone.</summary>
public sealed class SftpStalledException(string message) : SftpConnectionException(message)
{
    /// <summary>The link was gone: its server could have said nothing.</summary>
    public bool OfTheLink { get; init; }

    /// <summary>The same object for all who are told of one stall; null: it is not known, or about no path.</summary>
    public UnansweredRequest? First { get; init; }
}
