namespace ContentMonster.Sftp.Client;

/// <summary>Where upload bytes come from. Called from the session's own tasks, one call at a time for one upload.</summary>
public interface IUploadSource
{
    /// <summary>Fills the buffer from the offset; returns the bytes read, less than asked only at the end of the source.</summary>
    int Read(long offset, Span<byte> buffer);
}
