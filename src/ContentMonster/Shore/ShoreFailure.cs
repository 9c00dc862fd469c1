namespace ContentMonster.Shore;

internal enum ShoreFailure
{
    Missing,
    NotADirectory,
    NotARegularFile,
    SymbolicLink,
    PermissionDenied,
    ForeignHardLink,
    TooLong,
    ReadFailed,
    OtherFileSystem,
    ReadOnly,
    NoSpace,
    Unsupported,

    /// <summary>Another program holds the file in a way that keeps us out for now (a write lease, a sharing lock).</summary>
    Busy,
    Other,
}
