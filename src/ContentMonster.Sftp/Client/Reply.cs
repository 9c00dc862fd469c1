using ContentMonster.Sftp.Wire;

namespace ContentMonster.Sftp.Client;

/// <summary>A decoded answer: a status, and where that is Ok what was asked for.</summary>
/// <param name="Text">The server's own words to a status that is not Ok: escaped, never parsed.</param>
/// <param name="Value">The type goes with the <see cref="ReplyKind"/>; for data a buffer of the shared pool.</param>
/// <param name="Length">Bytes of data in <paramref name="Value"/>.</param>
internal readonly record struct Reply(SftpStatus Status, string Text, object? Value = null, int Length = 0)
{
    public static Reply Of(object value, int length = 0) => new(SftpStatus.Ok, "", value, length);

    public void ThrowUnlessOk(string doing, ReadOnlySpan<byte> subject)
    {
        if (Status != SftpStatus.Ok)
            throw Failure($"{doing} \"{Escaped.Text(subject)}\"");
    }

    public void ThrowUnlessOk(string doing)
    {
        if (Status != SftpStatus.Ok)
            throw Failure(doing);
    }

    public SftpStatusException Failure(string doing) =>
        new(Status, $"Could not {doing}, because the server answered {Status}{(Text.Length > 0 ? $": {Text}" : "")}.");
}
