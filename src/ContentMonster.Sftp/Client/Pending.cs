namespace ContentMonster.Sftp.Client;

/// <summary>An entry of the table of what the server owes a reply to: a request, or one write of an upload. A struct, so that a write allocates nothing.</summary>
/// <param name="Sequence">Which write of the upload.</param>
/// <param name="SentAt">Session time when it joined the table.</param>
/// <param name="Patience">How long silence is no stall while it is pending.</param>
internal readonly record struct Pending(Request? Request, Upload? Upload, long Sequence, TimeSpan SentAt, TimeSpan Patience)
{
    /// <summary>The file or directory that it is about; empty: none.</summary>
    public ReadOnlyMemory<byte> Path => Request?.Path ?? Upload?.Path ?? default;
}
