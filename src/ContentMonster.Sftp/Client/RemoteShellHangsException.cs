namespace ContentMonster.Sftp.Client;

/// <summary>The shell was ended by us: a script had begun and printed nothing for longer than its caller allowed, while the heartbeat went on.</summary>
public sealed class RemoteShellHangsException(string message, TimeSpan silence, string text) : RemoteShellException(message)
{
    /// <summary>So long nothing came.</summary>
    public TimeSpan Silence { get; } = silence;

    /// <summary>The last of what the script had printed, escaped by nobody yet.</summary>
    public string Text { get; } = text;
}
