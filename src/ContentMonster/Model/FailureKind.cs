namespace ContentMonster.Model;

/// <summary>
/// Why a step did not succeed, in the words of the operator. <c>VesselFault</c> translates statuses, ssh exits and errnos into these, and
/// nothing else does; everyone above switches on the kind.
/// </summary>
public enum FailureKind
{
    /// <summary>The connection broke in the middle of work, or before that for no reason that ssh knows.</summary>
    ConnectionLost,

    /// <summary>No progress for Timeout, or made from an address that this machine has no more: torn down by us.</summary>
    Stalled,

    /// <summary>Nobody answers at the address: refused, no route, timed out, banner missing.</summary>
    Unreachable,

    /// <summary>The name of the host cannot be resolved.</summary>
    NameNotResolved,

    /// <summary>The vessel refused the login.</summary>
    LoginRefused,

    /// <summary>The vessel, or a jump host, shows another host key than the one known, or one that is not known where only known ones are accepted.</summary>
    HostKeyChanged,

    /// <summary>The server refuses a further connection or session (MaxStartups, MaxSessions); those that are open go on.</summary>
    TooManyConnections,

    /// <summary>No SFTP service, one that ends at once, no algorithm in common, a noisy login shell, another protocol version, an answer that is not SFTP.</summary>
    NotSftp,

    /// <summary>The peer broke the protocol or contradicts itself.</summary>
    Hostile,

    /// <summary>No space, no inodes, or quota used up on the vessel.</summary>
    VesselFull,

    /// <summary>The vessel does not let us write or read there.</summary>
    PermissionDenied,

    /// <summary>The destination on the vessel exists and is not a regular file.</summary>
    DestinationRefused,

    /// <summary>TempDir is not safe to use: a link, another owner, writable by others.</summary>
    TempDirUnsafe,

    /// <summary>The vessel's disk does not keep what it acknowledges: hashes or sizes differ again and again, or fsync failed.</summary>
    DataCorrupt,

    /// <summary>The vessel cannot do what the settings ask for (Assembly = cat without a shell, a needed extension missing).</summary>
    Unsupported,

    /// <summary>An unfinished file that we had there is gone; it is sent again.</summary>
    PartMissing,

    /// <summary>The source on the shore changed, was replaced, or went away.</summary>
    SourceChanged,

    /// <summary>The source on the shore cannot be read.</summary>
    SourceUnreadable,

    /// <summary>A key, a known_hosts file or a program that ssh needs is missing or unusable on the shore, or its ledger cannot be written.</summary>
    ShoreSetup,

    /// <summary>The server answered with a failure that says no more than that.</summary>
    Refused,

    /// <summary>Nothing we planned for: a mistake of ours.</summary>
    Bug,

    /// <summary>A directory above the destination cannot be made on the vessel, because something else has its name.</summary>
    ParentRefused,

    /// <summary>The server answers, and what should start behind the login does not: the SFTP service, or a shell; or the commands looked for in it hang.</summary>
    LoginHangs,

    /// <summary>The vessel's shell lives, and a command that was run in it for a file does not end; or its SFTP server hangs at a place, on connections that live.</summary>
    CommandHangs,
}
