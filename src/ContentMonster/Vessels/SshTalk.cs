using System.Text.RegularExpressions;

namespace ContentMonster.Vessels;

/// <summary>
/// What ssh tells of a connection at LogLevel=DEBUG1 (sshconnect.c, sshconnect2.c, hostfile.c); lines that a version words otherwise are simply missing.
/// Implementation notes.
/// <para>The same stream carries what the server has printed: its banner once the login begins, and all that its programs say on standard error. Such lines
/// may look like ssh's own. So what is known before the login is taken from before the login only, where the first such line is ssh's.</para>
/// <para>Others may speak into it from the start: the ssh to a jump host, with that host's banner, or a ProxyCommand. Then a line counts where it is the only
/// one of its kind. So does, always, the line that tells of the login, for a banner comes before it and programs after it.</para>
/// </summary>
internal sealed partial record SshTalk
{
    /// <summary>The first line that came before that: of a server that is none of SSH, its answer.</summary>
    public string? Answer { get; private init; }

    /// <summary>"OpenSSH_9.2p1 Debian-2+deb12u10".</summary>
    public string? ServerVersion { get; private init; }

    /// <summary>"ssh-ed25519 SHA256:...".</summary>
    public string? HostKey { get; private init; }

    /// <summary>"FILE:LINE" that the key was found at.</summary>
    public string? FoundAt { get; private init; }

    public bool NewlyPinned { get; private init; }

    /// <summary>"publickey", "password", "none".</summary>
    public string? LoggedInBy { get; private init; }

    /// <summary>The key that was taken: "FILE TYPE SHA256:...".</summary>
    public string? AcceptedKey { get; private init; }

    /// <summary>How the line begins that tells of a host key that was not known.</summary>
    public const string Pinned = "Warning: Permanently added '";

    // Until this line ssh prints nothing that the server words freely.
    private const string LoginBegins = "\ndebug1: SSH2_MSG_SERVICE_ACCEPT received";

    /// <param name="errorText">What ssh said first.</param>
    /// <param name="isAll">Nothing of what it said is missing at the end.</param>
    /// <param name="spokenInto">Others than ssh and the server may have said something in it.</param>
    public static SshTalk Of(string errorText, bool isAll, bool spokenInto)
    {
        int login = errorText.IndexOf(LoginBegins, StringComparison.Ordinal);
        string before = spokenInto || login < 0 ? errorText : errorText[..login];
        string? Known(Regex line) => spokenInto ? Only(line, before, isAll) : Value(line.Match(before));
        string? by = Only(LoginLine(), errorText, isAll);
        return new()
        {
            Answer = Known(AnswerLine()),
            ServerVersion = Known(ServerVersionLine()),
            HostKey = Known(HostKeyLine()),
            FoundAt = Known(FoundLine()),

            // Said once too often it has somebody compare the key.
            NewlyPinned = before.Split('\n').Any(static line => line.StartsWith(Pinned, StringComparison.Ordinal)),
            LoggedInBy = by,
            AcceptedKey = by is null ? null : Only(AcceptedLine(), errorText, isAll),
        };
    }

    /// <summary>The text as it would stand there without the debugging.</summary>
    public static string WithoutDebugging(string errorText) =>
        string.Join('\n', errorText.Split('\n').Where(line => !IsChatter(line)));

    private static bool IsChatter(string line) =>
        line.StartsWith("debug1: ", StringComparison.Ordinal) || line.StartsWith("Authenticated to ", StringComparison.Ordinal) || line.StartsWith("Authenticated using ", StringComparison.Ordinal)
        || line.StartsWith("Transferred: sent ", StringComparison.Ordinal) || line.StartsWith("Bytes per second: sent ", StringComparison.Ordinal);

    private static string? Value(Match match) => match.Success ? match.Groups["it"].Value.Trim() : null;

    // Of several, or where one may be missing, nobody knows which is ssh's.
    private static string? Only(Regex line, string text, bool isAll) => isAll && line.Matches(text) is [var only] ? Value(only) : null;

    // Until 7.9 ssh_exchange_identification, without the number.
    [GeneratedRegex("^debug1: (kex|ssh)_exchange_identification: (banner line [0-9]+: )?(?<it>.*)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex AnswerLine();

    [GeneratedRegex("^debug1: Remote protocol version [0-9.]+, remote software version (?<it>.*)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ServerVersionLine();

    [GeneratedRegex("^debug1: Server host (?:key|certificate): (?<it>[^ ]+ SHA256:[^ ,\r\n]+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex HostKeyLine();

    [GeneratedRegex("^debug1: Found (?:CA )?key in (?<it>.*)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex FoundLine();

    [GeneratedRegex("^Authenticated to .* using \"(?<it>[^\"]*)\"", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex LoginLine();

    [GeneratedRegex("^debug1: Server accepts key: (?<it>.*? SHA256:[^ \r\n]+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex AcceptedLine();
}
