using ContentMonster.Model;
using ContentMonster.Sftp.Client;

namespace ContentMonster.Vessels;

/// <summary>A step on a vessel did not succeed; the message finishes "Could not ..., because ...".</summary>
internal sealed class VesselException(FailureKind kind, string message, Exception? inner = null) : IOException(Sentence(message), inner)
{
    public FailureKind Kind { get; } = kind;

    /// <summary>Whether the connection, not one file, is the trouble: everything under way there ends with it.</summary>
    public bool IsOfTheLink => Kind is FailureKind.ConnectionLost or FailureKind.Stalled or FailureKind.Unreachable or FailureKind.NameNotResolved
        or FailureKind.LoginRefused or FailureKind.HostKeyChanged or FailureKind.TooManyConnections or FailureKind.NotSftp or FailureKind.Hostile
        or FailureKind.TempDirUnsafe or FailureKind.ShoreSetup or FailureKind.LoginHangs;

    /// <summary>In what its SFTP server hangs, most likely, on a link that lives; null: nothing shows that.</summary>
    public UnansweredRequest? HangsAt => Kind == FailureKind.Stalled && InnerException is SftpStalledException { First: { LinkLives: true } first } ? first : null;

    // What ssh and servers say ends as it likes; advice follows it in the log.
    private static string Sentence(string message) => message.Length == 0 || message[^1] is '.' or '!' or '?' ? message : message + ".";
}
