using System.Globalization;
using System.Text;
using ContentMonster.Configuration;
using ContentMonster.Sftp.Process;
using ContentMonster.Tests.Configuration;

namespace ContentMonster.Tests.Fuzzing;

/// <summary>Settings as nobody would write them: no exception, each error says where, no secret is repeated, and what is taken is sound for ssh.</summary>
public sealed class SettingsFuzzTests
{
    private const int UsualCases = 100_000;
    private const string Canary = "tH3canary";

    private static readonly string[] Good =
    [
        "[MONSTER]\nChunkSize = 10M\nDatabase = ledger.db\nStrictModes = no\n[Directory out]\nLocation = /srv/out # here\nRemoteLocation = inbox\nInclude = *.mkv, **/x\nExclude = tmp/\nSettleTime = 2s\n[Vessel one]\nAddress = one.example\nUsername = me\nPort = 2222\n",
        $"[Directory a b]\nLocation = /srv/a\nProcessedDir = done\nOnComplete = keep\nPriority = 3\n[Vessel one]\nAddress = [2001:db8::1]\nPassword = {Canary}\nTempDir = /tmp/x\nProxyJump = u@gate:22,[2001:db8::2]\nBandwidthLimit = 8mbit\n",
        $"[Directory d]\nLocation: /srv/d\n[Vessel v]\nAddress: 192.0.2.1\nPassphrase = \"{Canary}\"\nSshOptions = IPQoS=throughput,\n  \"Ciphers=a,b\"\nIgnoreDirs = x\nTimeout = 30s\nConnections = 8\nHostKeyPolicy = strict\nVerify = size\nAssembly = cat\n",
    ];

    private static readonly string[] Pieces =
    [
        "[", "]", "[Vessel x]\n", "[Directory x]\n", "[MONSTER]\n", "\n", "\r", "\n  ", "\t", "=", ":", " # ", " ; ", "\"", "'", ",", "%", "%(a)s", "\\", "~/", "/", "..", "../../etc", "-oProxyCommand=touch x", "$(id)", "`id`",
        "\u0000", "\u001b[2J", "\u009b", "\u2028", "\u202e", "\ud83d\ude00", "9999999999999999999999", "-1", "0x10", "1e9", "none", "auto", "{}", "!", "*", "?", "a{b", "~x", "a#b", "@", "::1", "[::1]", "fe80::1%eth0",
        "SshOptions = CheckHostIP=no\n", "SshOptions = HashKnownHosts=no\n", "Username = ", "ProxyJump = ::1\n", "KnownHosts = ", "IdentityFile = ", "Passwort = ", "Password", "é", new string('x', 300),
    ];

    [Fact]
    public void Settings_of_any_bytes_are_read_or_refused_line_by_line() => Campaign.Run(UsualCases, chance =>
    {
        string text = chance.Of(Good);
        for (int i = chance.Next(1, 6); i > 0; i--)
        {
            text = Changed(text, chance);
        }

        byte[] content = Encoding.UTF8.GetBytes(text);
        Judge(chance.OneIn(10) ? chance.Mutated(content) : content);
    });

    [Fact]
    public void Sizes_rates_and_durations_of_any_text_are_read_or_refused() => Campaign.Run(UsualCases, chance =>
    {
        string text = string.Concat(Enumerable.Range(0, chance.Next(1, 6)).Select(_ => chance.Of(Units)));
        switch (chance.Next(3))
        {
            case 0: Try(() => (Quantity.Bytes(text) >= 0).ShouldBeTrue(text)); break;
            case 1: Try(() => (Quantity.BytesPerSecond(text) >= 0).ShouldBeTrue(text)); break;
            default: Try(() => (Quantity.Duration(text) >= TimeSpan.Zero).ShouldBeTrue(text)); break;
        }
    });

    [Fact]
    public void Paths_on_a_vessel_never_climb_out() => Campaign.Run(UsualCases, chance =>
    {
        string text = string.Concat(Enumerable.Range(0, chance.Next(1, 8)).Select(_ => chance.Of(PathPieces)));
        int rule = chance.Next(4);
        Try(() =>
        {
            string path = rule switch { 0 => PathRules.OnVessel(text), 1 => PathRules.TempDir(text), 2 => PathRules.Below(text), _ => PathRules.Location(text) };
            bool climbs = path.Split('/').Contains("..", StringComparer.Ordinal);
            bool looksLikeAnOption = rule < 2 && path.StartsWith('-');
            (climbs || looksLikeAnOption || path is "/" or "" || path.Contains("//", StringComparison.Ordinal)).ShouldBeFalse($"\"{text}\" becomes \"{path}\"");
        });
    });

    private static IReadOnlyList<string> Units => ["0", "1", "9", ".", "-", "+", "e", "E", "K", "k", "M", "MiB", "G", "T", "mbit", "/s", "ms", "s", "m", "h", "d", " ", ",", "999999999", "000000000000000", "\u0663", "\u00a0", "x"];

    private static IReadOnlyList<string> PathPieces => ["/", "//", "..", ".", "../", "/..", "a", "-", "~", "$HOME", "`", "\\", " ", "…", "\u2215", ".. ", " ..", "C:", "a/../b", "\n", "%2e%2e"];

    private static string Changed(string text, Random chance)
    {
        int at = chance.Next(text.Length + 1);
        int length = Math.Min(chance.Next(12), text.Length - at);
        return chance.Next(4) switch
        {
            0 => text.Insert(at, chance.Of(Pieces)),
            1 => text.Remove(at, length),
            2 => text.Insert(at, text.Substring(at, length)),
            _ => text[..at] + chance.Of(Pieces) + text[(at + length)..],
        };
    }

    private static void Judge(byte[] content)
    {
        SettingsResult result = SettingsReader.Parse(content, Ini.Path);
        (result.Settings is null).ShouldBe(result.Errors.Count > 0);
        string[] lines = Encoding.UTF8.GetString(content).Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n').Split('\n');
        int firstSection = Array.FindIndex(lines, line => line.Trim().StartsWith('[') && !line.Any(one => one != '\t' && (char.IsControl(one) || one is '\u2028' or '\u2029'))) + 1;
        bool secretIsInItsPlace = lines.Where(line => line.Contains(Canary, StringComparison.Ordinal)).All(IsSecretLine);
        foreach (SettingsProblem problem in result.Errors.Concat(result.Warnings))
        {
            string told = problem.ToString();
            Harmless.Check(told);
            bool aboutTheWhole = problem is { Line: 0, Section: null, Key: null };
            (aboutTheWhole || (problem.Line >= 1 && problem.Line <= lines.Length)).ShouldBeTrue(told);
            bool needsSection = !aboutTheWhole && firstSection > 0 && problem.Line >= firstSection && !problem.Message.Contains("UTF-", StringComparison.Ordinal);
            (problem.Section is not null || !needsSection).ShouldBeTrue(told);
            (secretIsInItsPlace && told.Contains(Canary, StringComparison.Ordinal)).ShouldBeFalse("the secret is repeated");
        }

        foreach (VesselSettings vessel in result.Settings?.Vessels ?? [])
        {
            Target(vessel).Validate().ShouldBeEmpty("what the settings let through, the last gate before ssh lets through too");
        }
    }

    private static bool IsSecretLine(string line) =>
        line.StartsWith("Password = ", StringComparison.Ordinal) || line.StartsWith("Passphrase = ", StringComparison.Ordinal);

    internal static SshTarget Target(VesselSettings vessel) => new()
    {
        Host = vessel.Address, User = vessel.Username, Port = vessel.Port, IdentityFile = vessel.IdentityFile, KnownHostsFile = vessel.KnownHosts ?? "/nowhere/known_hosts", ProxyJump = vessel.ProxyJump,
        Options = vessel.SshOptions, AskpassProgram = "/bin/false",
        Secrets = vessel.Password is null && vessel.Passphrase is null ? null : new SshSecrets(vessel.Password?.Reveal(), vessel.Passphrase?.Reveal()),
    };

    private static void Try(Action read)
    {
        try
        {
            read();
        }
        catch (BadValueException refused)
        {
            refused.Message.Length.ShouldBeGreaterThan(10, string.Create(CultureInfo.InvariantCulture, $"{refused}"));
        }
    }
}
