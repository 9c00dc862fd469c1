using ContentMonster.Model;

namespace ContentMonster.Diagnostics;

/// <summary>What an operator can do about a failure, in one sentence.</summary>
internal static class Advice
{
    public static string For(FailureKind kind, string vessel) => kind switch
    {
        FailureKind.ConnectionLost => "It is connected again and resumed by itself. If it breaks again and again, look into the log of the vessel's sshd.",
        FailureKind.Stalled => "Nothing to do: it is connected again and resumed by itself. If links are this slow by nature, raise Timeout.",
        FailureKind.Unreachable => "Check that the vessel is up, that Address and Port are right, and that no firewall, portal or proxy is in between; it is tried again by itself.",
        FailureKind.NameNotResolved => "Check Address for typing mistakes and the shore's DNS; it is tried again by itself.",
        FailureKind.LoginRefused => "Check Username, IdentityFile, Password or Passphrase, and the vessel's authorized_keys. After a change of the settings or a PasswordFile restart the daemon; after one on the vessel, or of a key, run `contentmonster retry`.",
        FailureKind.HostKeyChanged => "Find out whether the vessel was reinstalled or somebody is in between, if a known key has changed: where the new one is right, remove the old one from the known_hosts file named above (ssh-keygen -R). One that is not known: compare it with the vessel's own and add it to KnownHosts, or to ssh's own known_hosts if it is a jump host's. Then run `contentmonster retry`; after a change of the settings restart the daemon.",
        FailureKind.TooManyConnections => "Lower Connections, or raise MaxStartups and MaxSessions in the vessel's sshd_config; fewer lanes are used until then.",
        FailureKind.NotSftp => "Do what is said above, if anything; else make `sftp` to this vessel work by hand: enable the SFTP subsystem, let the account's shell start it, and make that shell print nothing when it is not interactive.",
        FailureKind.Hostile => "Update the vessel's SSH server, or find out what is answering in its place.",
        FailureKind.VesselFull => "Free space on the vessel (or raise the quota); it is tried again by itself, and at once after `contentmonster retry`.",
        FailureKind.PermissionDenied => "Give the login user write access to the destination (and to TempDir) on the vessel; it is tried again by itself.",
        FailureKind.DestinationRefused => "Move away what stands at the destination on the vessel: only absent or regular files are replaced.",
        FailureKind.TempDirUnsafe => "Take TempDir on the vessel from others (`chmod go-w`), remove what stands there, or set another: it must be a directory of the login user that nobody else can write to.",
        FailureKind.DataCorrupt => "Check the vessel's disk and memory: it does not keep what it acknowledges.",
        FailureKind.Unsupported => "Change the setting named above; `contentmonster check` shows what the vessel can do.",
        FailureKind.PartMissing => "Nothing to do: what is missing is sent again.",
        FailureKind.SourceChanged => "Nothing to do: a new version is sent once it has settled; if it was removed, it is not sent.",
        FailureKind.SourceUnreadable => "Do what is said above, if anything; else let the daemon's user read the file.",
        FailureKind.ShoreSetup => "Mend what is named above on the shore. It is tried again by itself.",
        FailureKind.Refused => $"Look into the vessel's log, and its kernel's: a disk that fails and a quota that is used up are told alike over SFTP; `contentmonster check` tries {vessel} step by step.",
        FailureKind.ParentRefused => "Move away what stands on the vessel where the directory should be; it is tried again by itself.",
        FailureKind.LoginHangs => "See what keeps a login from finishing there: a start-up file of the shell that waits, a home directory, an account service or a command that hangs. It is tried again by itself; if links are this slow by nature, raise Timeout.",
        FailureKind.CommandHangs => $"See what keeps it on {vessel}: a disk or a network file system that hangs, a program that waits for something. It is tried again by itself.",
        FailureKind.Bug => "This should not happen: please report it with the log.",
        _ => "See the log.",
    };
}
