using System.Text.RegularExpressions;
using ContentMonster.Model;
using ContentMonster.Sftp.Client;

namespace ContentMonster.Vessels;

/// <summary>The one translation: SFTP statuses, ssh's last words and broken shells become a <see cref="FailureKind"/> here and nowhere else.</summary>
internal static partial class VesselFault
{
    // ssh's own exit code; any other is that of what it ran on the server.
    private const int SshFailed = 255;
    private const string PermissionDenied = "Permission denied";
    private const string TooManyTries = "Too many authentication failures";
    private const string NoMatching = "no matching";
    private const string HostKeyRefused = "Host key verification failed";
    private const string KeyNotKnown = "host key is known for";
    private const string BannerFailed = "banner exchange";
    private const string KexFailed = "kex_exchange_identification";
    private const int MostReasons = 4;
    private const int MostOfAnswer = 80;

    // What sshd itself says in place of its version (OpenSSH, sshd.c and srclimit.c).
    private const string NoMoreNow = "Exceeded MaxStartups";
    private const string Penalized = "Not allowed at this time"; // OpenSSH 9.8
    private const string OpenFailed = "open failed";
    private const string AtJumpHost = "stdio forwarding failed";

    // What OpenSSH's client prints (ssh.c, sshconnect.c, packet.c, readconf.c), most telling first. Its texts are not localised.
    private static readonly (string Words, FailureKind Kind)[] SshWords =
    [
        ("REMOTE HOST IDENTIFICATION HAS CHANGED", FailureKind.HostKeyChanged),
        (HostKeyRefused, FailureKind.HostKeyChanged),
        (KeyNotKnown, FailureKind.HostKeyChanged),
        ("Could not resolve hostname", FailureKind.NameNotResolved),
        (TooManyTries, FailureKind.LoginRefused),
        (PermissionDenied, FailureKind.LoginRefused),
        ("Bad configuration option", FailureKind.ShoreSetup),
        ("Bad owner or permissions", FailureKind.ShoreSetup),
        ("UNPROTECTED PRIVATE KEY FILE", FailureKind.ShoreSetup),
        ("No such identity", FailureKind.ShoreSetup),
        ("no such identity", FailureKind.ShoreSetup),
        ("subsystem request failed", FailureKind.NotSftp),
        (NoMoreNow, FailureKind.TooManyConnections),
        ("Connection refused", FailureKind.Unreachable),
        ("No route to host", FailureKind.Unreachable),
        ("Network is unreachable", FailureKind.Unreachable),
        ("Connection timed out", FailureKind.Unreachable),
        ("Operation timed out", FailureKind.Unreachable),
        ("administratively prohibited", FailureKind.TooManyConnections),
        (OpenFailed, FailureKind.TooManyConnections),
        ("timed out during banner exchange", FailureKind.Unreachable),
        (BannerFailed, FailureKind.Unreachable),
        (KexFailed, FailureKind.Unreachable),
        ("connect to host ", FailureKind.Unreachable),
        (NoMatching, FailureKind.NotSftp),
        ("not responding", FailureKind.ConnectionLost),
        ("Connection reset", FailureKind.ConnectionLost),
        ("Connection closed", FailureKind.ConnectionLost),
        ("Broken pipe", FailureKind.ConnectionLost),
    ];

    // What it says besides when a connection breaks (packet.c, dispatch.c, clientloop.c); told as it stands, for no advice hangs on it.
    private static readonly string[] OfTheLinkAlone =
        ["closed by remote host", "ssh_dispatch_run_fatal", "client_loop", "Corrupted MAC", "message authentication code incorrect", "Bad packet length", "Disconnecting ", "Received disconnect", "Disconnected from "];

    /// <summary>An ssh child that left, by its last words.</summary>
    /// <param name="doing">"connect", "open another lane": finishes "Could not".</param>
    /// <param name="vessel">Its name in the settings.</param>
    /// <param name="errorText">What ssh wrote to standard error.</param>
    /// <param name="exitCode">Null: killed or still there.</param>
    /// <param name="inner">What was seen on the SFTP side.</param>
    /// <param name="way">How it went there.</param>
    public static VesselException FromSsh(string doing, string vessel, string errorText, int? exitCode, Exception? inner, SshWay way = default)
    {
        errorText = string.Join('\n', errorText.Split('\n').Where(static line => !line.StartsWith("Warning: Permanently added ", StringComparison.Ordinal)));
        bool silent = errorText.Trim().Length == 0;
        if (!way.Stood && exitCode is int ended and not SshFailed)
        {
            string last = silent ? "" : $": {LastLines(errorText, null)}";
            return new VesselException(FailureKind.NotSftp, $"Could not {doing} {vessel}, because the login works, but the SFTP service ended with {ended} (the account's shell, sftp-server's path, an expired password?){last}", inner);
        }

        if (Says(errorText, AtJumpHost))
        {
            // The ssh that ProxyJump starts says so where the jump host, not the vessel, refused to open the way on.
            string why = Says(errorText, "administratively prohibited") ? "the jump host forbids forwarding (AllowTcpForwarding, PermitOpen)" : "the jump host cannot reach it";
            return new VesselException(FailureKind.Unreachable, $"Could not {doing} {vessel}, because {why}: {LastLines(errorText, Says(errorText, OpenFailed) ? OpenFailed : AtJumpHost)}", inner);
        }

        if (!way.Stood && way.Answer is { } refusal && refusal.StartsWith(NoMoreNow, StringComparison.Ordinal))
        {
            return new VesselException(FailureKind.TooManyConnections, $"Could not {doing} {vessel}, because its SSH server takes no connection now: {Shown(refusal)}", inner);
        }

        if (!way.Stood && way.Answer is { } penalty && penalty.StartsWith(Penalized, StringComparison.Ordinal))
        {
            return new VesselException(
                FailureKind.Unreachable,
                $"Could not {doing} {vessel}, because its sshd takes nothing from this address for a while (PerSourcePenalties, after logins that failed; PerSourcePenaltyExemptList in its sshd_config exempts an address): {Shown(penalty)}",
                inner);
        }

        if (!way.Stood && way.Answer is { } answer)
        {
            string who = answer.StartsWith("HTTP/", StringComparison.Ordinal) ? "HTTP, as a portal or a proxy does" : "something else";
            return new VesselException(FailureKind.Unreachable, $"Could not {doing} {vessel}, because what answers there does not speak SSH but {who}: {Shown(answer)}", inner);
        }

        foreach ((string words, FailureKind kind) in SshWords)
        {
            if (Says(errorText, words))
            {
                return new VesselException(kind, $"Could not {doing} {vessel}, because ssh said: {Explained(LastLines(errorText, words, way.HasProxyCommand && IsOfTheProxy(words)), Hint(errorText, words, way))}", inner);
            }
        }

        if (!silent && inner is not (SftpStalledException or SftpProtocolException))
        {
            return new VesselException(FailureKind.ConnectionLost, $"Could not {doing} {vessel}, because ssh ended ({exitCode?.ToString() ?? "no exit code"}): {Explained(LastLines(errorText, null), Hint(errorText, "", way))}", inner);
        }

        string before = way.Stood ? "" : " before the session began, and ssh does not know why";
        return inner switch
        {
            SftpStalledException => new(FailureKind.Stalled, $"Could not {doing} {vessel}, because nothing came back in time: {inner.Message}", inner),
            SftpProtocolException => new(FailureKind.NotSftp, $"Could not {doing} {vessel}, because its answer is not SFTP: {DisplayText.Escape(inner.Message)}", inner),
            null => new(FailureKind.ConnectionLost, $"Could not {doing} {vessel}, because the connection ended{before}."),
            _ => new(FailureKind.ConnectionLost, $"Could not {doing} {vessel}, because the connection ended{before}: {DisplayText.Escape(inner.Message)}", inner),
        };
    }

    private static string Shown(string answer) => DisplayText.Escape(answer.Length > MostOfAnswer ? answer[..MostOfAnswer] + "..." : answer.Trim());

    /// <summary>A connection that was given up, because nothing can come over it any more.</summary>
    /// <param name="doing">Finishes "Could not", and stands before the vessel's name.</param>
    /// <param name="vessel">Its name.</param>
    /// <param name="reason">From <see cref="Sftp.Process.SshProcess.GivenUp"/>.</param>
    /// <param name="inner">How it ended.</param>
    public static VesselException OfGivenUp(string doing, string vessel, string reason, Exception inner) => new(FailureKind.Stalled, $"Could not {doing} {vessel}, because {reason}.", inner);

    /// <summary>Whether these are words that ssh has for a connection that was not to be had or broke. It has some for each such case, unless LogLevel keeps them back.</summary>
    public static bool TellsOfTheLink(string errorText) =>
        Array.Exists(OfTheLinkAlone, words => errorText.Contains(words, StringComparison.Ordinal)) || Array.Exists(SshWords, known => Says(errorText, known.Words));

    /// <summary>Whether these are words that ssh has for a connection on which no SSH server began to speak.</summary>
    public static bool LacksVersion(string errorText) => Says(errorText, KexFailed) || Says(errorText, BannerFailed);

    /// <summary>A request that the server answered with a failure, or a session that broke under it.</summary>
    public static VesselException FromSftp(string doing, string vessel, Exception exception) => exception switch
    {
        VesselException already => already,
        SftpStatusException status => new(KindOf(status.Status), $"Could not {doing} on {vessel}, because the server said: {DisplayText.Escape(status.Message)}", status),
        SftpStalledException => new(FailureKind.Stalled, $"Could not {doing} on {vessel}, because nothing came back in time: {exception.Message}", exception),
        SftpProtocolException => new(FailureKind.Hostile, $"Could not {doing} on {vessel}, because the server broke the protocol: {DisplayText.Escape(exception.Message)}", exception),
        RemoteShellStalledException => new(FailureKind.Stalled, $"Could not {doing} on {vessel}, because its shell did not answer in time.", exception),
        RemoteShellHangsException hangs => new(FailureKind.CommandHangs, $"Could not {doing} on {vessel}, because its shell answers, but the commands run there for that printed nothing for {hangs.Silence.TotalSeconds:0} s and are not over.", exception),
        EndOfStreamException => new(FailureKind.SourceChanged, $"Could not {doing} on {vessel}, because the source became shorter.", exception),
        ObjectDisposedException => new(FailureKind.ConnectionLost, $"Could not {doing} on {vessel}, because the connection was closed.", exception),
        IOException => new(FailureKind.ConnectionLost, $"Could not {doing} on {vessel}, because the connection broke: {DisplayText.Escape(exception.Message)}", exception),
        ArgumentException => new(FailureKind.Refused, $"Could not {doing} on {vessel}, because SFTP cannot carry it: {DisplayText.Escape(exception.Message)}", exception),
        _ => new(FailureKind.Bug, $"Could not {doing} on {vessel}: {exception.GetType().Name}: {DisplayText.Escape(exception.Message)}", exception),
    };

    /// <summary>What a command that failed on the vessel said; null: nothing that tells.</summary>
    public static FailureKind? KindOf(string said) =>
        said.Contains("No space left", StringComparison.OrdinalIgnoreCase) || said.Contains("quota", StringComparison.OrdinalIgnoreCase) ? FailureKind.VesselFull
        : said.Contains("Permission denied", StringComparison.OrdinalIgnoreCase) || said.Contains("Read-only file system", StringComparison.OrdinalIgnoreCase) ? FailureKind.PermissionDenied
        : null;

    private static FailureKind KindOf(SftpStatus status) => status switch
    {
        SftpStatus.NoSuchFile => FailureKind.PartMissing,
        SftpStatus.PermissionDenied => FailureKind.PermissionDenied,
        SftpStatus.OperationUnsupported => FailureKind.Unsupported,
        SftpStatus.NoConnection or SftpStatus.ConnectionLost => FailureKind.ConnectionLost,
        _ => FailureKind.Refused,
    };

    // A key file, a banner and a program of the server's can be about that, too: the login is refused by one line only.
    private static bool Says(string text, string words) => words == PermissionDenied ? RefusedLogin().IsMatch(text) : text.Contains(words, StringComparison.Ordinal);

    [GeneratedRegex(@"^(?:[^\r\n]+@[^\s]+: )?Permission denied \([^()\r\n]*\)\.\r?$", RegexOptions.Multiline, 1000)]
    private static partial Regex RefusedLogin();

    // As ssh says it, in its last line: the account's own programs write there, too.
    [GeneratedRegex(@"^(?:Corrupted MAC on input|Bad packet length [0-9]+|ssh_dispatch_run_fatal: [^\r\n]*: message authentication code incorrect|ssh_dispatch_run_fatal: [^\r\n]*: Connection corrupted)[^\r\n]*\s*\z", RegexOptions.Multiline, 1000)]
    private static partial Regex ChangedBytes();

    private static string Explained(string told, string? hint) => hint is null ? told : $"{told.TrimEnd('.')}. {hint}";

    /// <summary>What ssh does not say of itself, as a sentence of its own; null: nothing.</summary>
    private static string? Hint(string text, string words, SshWay way) => words switch
    {
        _ when way.Stood && ChangedBytes().IsMatch(text) => "What came is not what the server sent: something on the way changes bytes",
        _ when way.HasProxyCommand && IsOfTheProxy(words) => "It may be the ProxyCommand (ssh_config or SshOptions) that failed",

        // Of the key of a host that it is to know already, ssh tells more.
        HostKeyRefused when way.JumpHost is not null && !Says(text, KeyNotKnown) && !Says(text, "revoked") =>
            $"The host key is not known. It may be that of the jump host ({DisplayText.Escape(way.JumpHost)}): run `ssh` to the jump host once as the daemon's user",
        TooManyTries => "Name the one key with IdentityFile, or, where a password is to be used, set SshOptions = PubkeyAuthentication=no",
        NoMatching when AlgorithmOption(text) is { } option => $"If the vessel cannot be updated, allow an algorithm that it offers: SshOptions = {option}=+NAME",
        _ => null,
    };

    private static string? AlgorithmOption(string text) =>
        Says(text, "no matching key exchange method") ? "KexAlgorithms"
        : Says(text, "no matching host key type") ? "HostKeyAlgorithms"
        : Says(text, "no matching cipher") ? "Ciphers"
        : Says(text, "no matching MAC") ? "MACs"
        : null;

    // What ssh says when the program that should have connected it has ended.
    private static bool IsOfTheProxy(string words) => words is KexFailed or BannerFailed or "Connection closed" or "Connection reset";

    /// <param name="text">All that was said.</param>
    /// <param name="holding">The words that told; null: none did.</param>
    /// <param name="withAllElse">Others than ssh have spoken as well, and their last words matter.</param>
    private static string LastLines(string text, string? holding, bool withAllElse = false)
    {
        // ssh frames its loudest warnings with @.
        string[] lines = [.. text.Split('\n').Select(line => line.Trim().Trim('@').Trim()).Where(line => line.Length > 0)];
        string[] telling = holding is null ? lines : [.. lines.Where(line => Says(line, holding))];
        IEnumerable<string> reasons = lines.Where(line => withAllElse || IsReason(line, holding)).TakeLast(MostReasons);
        IEnumerable<string> told = telling.TakeLast(2).Concat(reasons).Distinct(StringComparer.Ordinal);
        return DisplayText.Escape(string.Join("; ", told.Select(line => line.StartsWith("ssh: ", StringComparison.Ordinal) ? line[5..] : line)).Replace(".; ", "; ", StringComparison.Ordinal));
    }

    // The line with the file and line number to mend, with what a host key is, or why a key of ours was not used, matters as much as the verdict.
    private static bool IsReason(string line, string? verdict) => line.StartsWith("Offending", StringComparison.Ordinal) || verdict switch
    {
        HostKeyRefused => Says(line, KeyNotKnown) || Says(line, "revoked"),
        PermissionDenied or TooManyTries => line.StartsWith("Load key ", StringComparison.Ordinal) || line.StartsWith("Permissions 0", StringComparison.Ordinal)
            || line.StartsWith("no such identity:", StringComparison.Ordinal),
        _ => false,
    };
}
