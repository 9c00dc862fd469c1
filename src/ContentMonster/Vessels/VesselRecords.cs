using ContentMonster.Model;
using ContentMonster.Planning;
using ContentMonster.Sftp.Client;

namespace ContentMonster.Vessels;

/// <summary>What a vessel is able to do, as proved when it was connected.</summary>
internal sealed record VesselFacts
{
    public VerifiedBy Proof { get; init; }

    /// <summary>Kernel boot id; empty: unknown.</summary>
    public string BootId { get; init; } = "";

    /// <summary>Whether a POSIX shell is there that sees the same files as SFTP does.</summary>
    public bool HasShell { get; init; }

    /// <summary>Why there is no usable shell, or null.</summary>
    public string? ShellProblem { get; init; }

    /// <summary>Whether nothing can be verified only because no shell answers, on a connection that stands: one that hangs for a while, maybe.</summary>
    public bool MissesShell { get; init; }

    /// <summary>The hash tool in use on the vessel, or null.</summary>
    public string? HashTool { get; init; }

    /// <summary>A destination that does not tell upper from lower case, as it may be shown, or null.</summary>
    public string? FoldsCase { get; init; }

    /// <summary>Where the first look waits for its file to be made (empty: where the login begins), or null.</summary>
    public BytePath? LooksAt { get; init; }

    /// <summary>When what has arrived is hashed there.</summary>
    public ProofPlan ProofPlan { get; init; } = ProofPlan.ChunkByChunk;

    /// <summary>Whether many small files can be sent as one archive that is unpacked there; before <see cref="IVessel.Explored"/> a guess.</summary>
    public bool CanUnpack { get; init; }

    /// <summary>fsync@openssh.com is there.</summary>
    public bool CanSync { get; init; }

    /// <summary>posix-rename@openssh.com is there.</summary>
    public bool CanReplace { get; init; }

    public IReadOnlyList<string> Extensions { get; init; } = [];

    /// <summary>The shortest seen, of TCP or else of a request; zero as long as there was none.</summary>
    public TimeSpan RoundTrip { get; init; }

    /// <summary>Why congestion control is not as the settings ask, or null.</summary>
    public string? SocketShortfall { get; init; }

    /// <summary>What ssh said when it pinned a host key that was not known before, or null.</summary>
    public string? PinnedKey { get; init; }
}

internal enum RemoteKind { Regular, Directory, SymbolicLink, Other }

internal static class RemoteKinds
{
    /// <summary>With its article.</summary>
    public static string InWords(this RemoteKind kind) => kind switch
    {
        RemoteKind.Regular => "a file",
        RemoteKind.Directory => "a directory",
        RemoteKind.SymbolicLink => "a symbolic link",
        _ => "a fifo, socket or device",
    };

    public static RemoteKind Of(SftpFileType type) => type switch
    {
        SftpFileType.Regular => RemoteKind.Regular,
        SftpFileType.Directory => RemoteKind.Directory,
        SftpFileType.SymbolicLink => RemoteKind.SymbolicLink,
        _ => RemoteKind.Other,
    };
}

internal sealed record RemoteLook(RemoteKind Kind, long SizeInBytes, int? OwnerId, int? Mode, long? ModifiedUnixSeconds);

/// <summary>A range of a file on the vessel; <paramref name="WholeFile"/>: it is all of it.</summary>
internal sealed record RemoteRange(BytePath File, long Offset, long Length, bool WholeFile);

/// <param name="Sha256">Null: the file is not there, or is too short or unreadable.</param>
internal sealed record RangeHash(byte[]? Sha256)
{
    /// <summary>Why it was not hashed, while others that were asked for with it were; null: it was tried.</summary>
    public VesselException? Trouble { get; init; }
}

/// <param name="Ready">From <see cref="IVessel.ReadyAsync"/>, where nothing was written to the part since.</param>
internal sealed record PublishRequest(BytePath Part, BytePath Destination, long SizeInBytes, long ModifiedUnixNanoseconds, int Mode, ReadyPart? Ready = null);

/// <param name="Done">It is there under its final name.</param>
/// <param name="Durable">fsync of file and directory were acknowledged.</param>
/// <param name="OtherFileSystem">The rename cannot work: part and destination are on two file systems.</param>
/// <param name="Failure">Why not, else.</param>
internal sealed record PublishOutcome(bool Done, bool Durable, bool OtherFileSystem, VesselException? Failure);
