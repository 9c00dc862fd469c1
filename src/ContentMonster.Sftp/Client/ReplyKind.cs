namespace ContentMonster.Sftp.Client;

/// <summary>What a request may be answered with, besides a failure status.</summary>
internal enum ReplyKind
{
    Status,
    Handle,
    Data,
    Path,
    Entries,
    Attributes,
    Limits,
    Space,
    Hash,
}
