using System.Text.RegularExpressions;

namespace ContentMonster.Vessels;

/// <summary>What ssh tells of a connection at LogLevel=DEBUG1 (sshconnect.c, sshconnect2.c, hostfile.c); lines that a version words otherwise are simply missing.</summary>
internal sealed partial record SshTalk
{
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

    public static SshTalk Of(string errorText) => new()
    {
        ServerVersion = Last(ServerVersionLine(), errorText),
        HostKey = Last(HostKeyLine(), errorText),
        FoundAt = Last(FoundLine(), errorText),
        NewlyPinned = errorText.Contains("Warning: Permanently added ", StringComparison.Ordinal),
        LoggedInBy = Last(LoginLine(), errorText),
        AcceptedKey = Last(AcceptedLine(), errorText),
    };

    /// <summary>The text as it would stand there without the debugging.</summary>
    public static string WithoutDebugging(string errorText) =>
        string.Join('\n', errorText.Split('\n').Where(line => !IsChatter(line)));

    private static bool IsChatter(string line) =>
        line.StartsWith("debug1: ", StringComparison.Ordinal) || line.StartsWith("Authenticated to ", StringComparison.Ordinal) || line.StartsWith("Authenticated using ", StringComparison.Ordinal)
        || line.StartsWith("Transferred: sent ", StringComparison.Ordinal) || line.StartsWith("Bytes per second: sent ", StringComparison.Ordinal);

    // Through jump hosts ssh tells of each hop in turn: the last one is the vessel.
    private static string? Last(Regex line, string text) => line.Matches(text).LastOrDefault()?.Groups["it"].Value.Trim();

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
