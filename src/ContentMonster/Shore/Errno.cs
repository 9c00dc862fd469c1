namespace ContentMonster.Shore;

/// <summary>errno values as Linux numbers them on x64 and arm64.</summary>
internal static class Errno
{
    public const int PermissionDenied = 1;
    public const int NoEntry = 2;
    public const int Interrupted = 4;
    public const int InputOutput = 5;
    public const int NoDeviceOrAddress = 6;
    public const int Again = 11;
    public const int AccessDenied = 13;
    public const int Exists = 17;
    public const int OtherDevice = 18;
    public const int NotADirectory = 20;
    public const int IsADirectory = 21;
    public const int Invalid = 22;
    public const int TooManyFiles = 24;
    public const int NoSpace = 28;
    public const int ReadOnly = 30;
    public const int NameTooLong = 36;
    public const int NoSystemCall = 38;
    public const int TooManyLinks = 40;
    public const int NotSupported = 95;
    public const int QuotaExceeded = 122;

    public static ShoreFailure Failure(int errno) => errno switch
    {
        NoEntry => ShoreFailure.Missing,
        NotADirectory => ShoreFailure.NotADirectory,
        NoDeviceOrAddress or IsADirectory => ShoreFailure.NotARegularFile,
        TooManyLinks => ShoreFailure.SymbolicLink,
        PermissionDenied or AccessDenied => ShoreFailure.PermissionDenied,
        NameTooLong => ShoreFailure.TooLong,
        InputOutput => ShoreFailure.ReadFailed,
        OtherDevice => ShoreFailure.OtherFileSystem,
        ReadOnly => ShoreFailure.ReadOnly,
        NoSpace or QuotaExceeded => ShoreFailure.NoSpace,
        Invalid or NoSystemCall or NotSupported => ShoreFailure.Unsupported,
        Again => ShoreFailure.Busy,
        _ => ShoreFailure.Other,
    };

    public static string Words(int errno) => errno switch
    {
        NoEntry => "there is nothing of that name",
        NotADirectory => "an element of its path is not a directory (links are never followed)",
        NoDeviceOrAddress or IsADirectory => "it is not a regular file",
        TooManyLinks => "it, or an element of its path, is a symbolic link, and links are never followed",
        PermissionDenied or AccessDenied => "permission is denied: let the user that runs contentmonster read it, enter the directories above it and, where it is removed or moved, write there and where it goes",
        NameTooLong => "its name is too long",
        InputOutput => "the disk cannot read or write it: look at the kernel's log",
        OtherDevice => "the two places are on different file systems",
        ReadOnly => "the file system is read-only: a service of systemd writes only where ReadWritePaths of its unit says",
        NoSpace or QuotaExceeded => "the shore's disk, or a quota on it, is full",
        Again => "another program keeps it locked",
        TooManyFiles => OpenFiles.TooMany,
        _ => $"the system says: {System.Runtime.InteropServices.Marshal.GetPInvokeErrorMessage(errno)}",
    };
}
