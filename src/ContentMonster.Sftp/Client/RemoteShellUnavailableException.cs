namespace ContentMonster.Sftp.Client;

/// <summary>There is no POSIX shell to be had there: an SFTP-only account, another kind of shell, a login that talks and leaves.</summary>
public sealed class RemoteShellUnavailableException(string message, string text, Exception? inner = null) : RemoteShellException(message, inner)
{
    /// <summary>What came in place of an answer, escaped by nobody yet.</summary>
    public string Text { get; } = text;

    /// <summary>The connection stood, and no shell answered on it: it stayed silent, or said too much that is no answer.</summary>
    public bool ConnectionStood { get; init; }
}
