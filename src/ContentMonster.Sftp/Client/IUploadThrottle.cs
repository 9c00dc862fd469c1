namespace ContentMonster.Sftp.Client;

/// <summary>Limits the rate of what is sent; shared by all sessions of one server.</summary>
public interface IUploadThrottle
{
    /// <summary>Awaited before each write of an upload, with the file bytes in it.</summary>
    ValueTask TakeAsync(int bytes, CancellationToken cancellationToken);
}
