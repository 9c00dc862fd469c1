using System.Runtime.InteropServices;

namespace ContentMonster.Shore;

/// <summary>Numbers of the kernel's interface, by architecture where they differ.</summary>
internal static class LinuxNumbers
{
    private static readonly bool Arm = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    public const int CloseOnExec = 0x80000;
    public const int NonBlocking = 0x800;
    public const int PathOnly = 0x200000;

    public static int Directory { get; } = Arm ? 0x4000 : 0x10000;

    /// <summary>O_TMPFILE: a file without a name in the directory that is opened.</summary>
    public static int Nameless { get; } = 0x400000 | Directory;

    public static int NoFollow { get; } = Arm ? 0x8000 : 0x20000;

    public static int GetDents64 { get; } = Arm ? 61 : 217;

    public static int RenameAt2 { get; } = Arm ? 276 : 316;

    public const int OpenAt2 = 437;

    /// <summary>RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS.</summary>
    public const ulong ResolveBeneath = 0x08 | 0x04 | 0x02;

    public const int RenameNoReplace = 1;

    /// <summary>PATH_MAX without its NUL: what one system call takes.</summary>
    public const int LongestPath = 4095;
}
