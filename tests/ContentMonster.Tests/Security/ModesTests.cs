using System.Globalization;
using ContentMonster.Daemon.Demo;
using ContentMonster.Tests.Commands;
using ContentMonster.Tests.Faults;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Security;

/// <summary>Who may read what we make, here and on a vessel, whatever the umask of either side.</summary>
public sealed class ModesTests
{
    private const int Patience = 90;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("000")]
    [InlineData("077")]
    public async Task What_is_made_is_ours_alone_under_any_umask(string umask)
    {
        using var scratch = new ScratchDirectory();
        Directory.CreateDirectory(scratch["shore"]);
        Directory.CreateDirectory(scratch["beside"]);
        Directory.CreateDirectory(scratch["temp"]);
        await using ThrowawaySshd beside = await VesselAsync(scratch["beside"], umask);
        await using ThrowawaySshd temp = await VesselAsync(scratch["temp"], umask);
        await File.WriteAllTextAsync(
            scratch["settings.ini"],
            $"[MONSTER]\nDatabase = {scratch["state/cm.db"]}\n[Directory in]\nLocation = {scratch["shore"]}\nRemoteLocation = inbox/deep\nSettleTime = 100ms\n{Section("beside", beside)}{Section("temp", temp)}TempDir = tmp\n",
            Token);
        await File.WriteAllBytesAsync(scratch["film"], new byte[1_500_000], Token);
        Posix.Run("chmod", "640", scratch["film"]);
        Posix.Run("mv", scratch["film"], scratch["shore/film"]);

        await using var daemon = new RunningDaemon(scratch["settings.ini"], scratch["state/cm.db.sock"], null, ["sh", "-c", $"umask {umask}; exec \"$0\" \"$@\""]);
        await UntilAsync(daemon, () => Parts(scratch["beside/inbox"]).Length > 0 && Parts(scratch["temp/tmp"]).Length > 0, "both are under way");
        Dictionary<string, int> underWay = await ModesAsync(scratch, "beside", "temp", "state");
        await UntilAsync(daemon, () => File.Exists(scratch["shore/processed/film"]), "all is there");
        Dictionary<string, int> after = await ModesAsync(scratch, "beside", "temp", "state", "shore");

        underWay.Where(pair => pair.Key.EndsWith(".part", StringComparison.Ordinal)).ShouldAllBe(pair => pair.Value == Octal("600"));
        underWay.Keys.Count(key => key.EndsWith(".part", StringComparison.Ordinal) && !IsProbe(key)).ShouldBe(2, $"{string.Join('\n', underWay.Keys)}\n{string.Join('\n', daemon.Lines)}");
        underWay.Single(pair => pair.Key.StartsWith("temp/tmp/", StringComparison.Ordinal) && !pair.Key.EndsWith(".part", StringComparison.Ordinal)).Value.ShouldBe(Octal("700"));
        after["state"].ShouldBe(Octal("700"));
        after.Where(pair => pair.Key.StartsWith("state/", StringComparison.Ordinal)).ShouldAllBe(pair => pair.Value == Octal("600"));
        ((string[])["state/cm.db", "state/cm.db.sock", "state/known_hosts"]).ShouldAllBe(made => after.ContainsKey(made));
        after["beside/inbox/deep/film"].ShouldBe(Octal("640"));
        after["temp/inbox/deep/film"].ShouldBe(Octal("640"));
        after.Where(pair => pair.Key.Contains("inbox", StringComparison.Ordinal) || pair.Key.Contains("processed", StringComparison.Ordinal)).ShouldAllBe(pair => (pair.Value & 2) == 0, "nobody but owner and group may write");
    }

    [Fact]
    public async Task Nobody_looks_into_the_memory_of_the_daemon()
    {
        using var scratch = new ScratchDirectory();
        Directory.CreateDirectory(scratch["shore"]);
        await File.WriteAllTextAsync(scratch["settings.ini"], $"[MONSTER]\nDatabase = {scratch["state/cm.db"]}\n[Directory in]\nLocation = {scratch["shore"]}\nRemoteLocation = in\n[Vessel v]\nAddress = 127.0.0.1\nPort = 1\nPassword = x\n", Token);
        string[]? through = null;
        if (Posix.IsRoot)
        {
            // For root every process shows the same; so another user runs it, where that user can reach the program at all.
            through = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
            Posix.Run("chown", "-R", "65534:65534", scratch.Path);
            (_, var exit) = await ProcessText.RunAsync("setpriv", [.. through[1..], Executable.Path, "--version"]);
            Assert.SkipUnless(exit.ExitCode == 0 || Environment.GetEnvironmentVariable("CI") == "true", $"Another user cannot run the built program here: {exit.ErrorText}");
        }

        await using var daemon = new RunningDaemon(scratch["settings.ini"], scratch["state/cm.db.sock"], null, through ?? []);
        await UntilAsync(daemon, () => daemon.Said("Watching"), "it works");

        // prctl(PR_SET_DUMPABLE, 0) makes what /proc tells of a process root's alone: proc(5).
        (string owner, _) = await ProcessText.RunAsync("stat", ["-c", "%u", string.Create(CultureInfo.InvariantCulture, $"/proc/{daemon.ProcessId}/environ")]);
        owner.Trim().ShouldBe("0");
    }

    private static Task<ThrowawaySshd> VesselAsync(string home, string umask) =>
        ThrowawaySshd.StartAsync(new ThrowawaySshdOptions { ConfigLines = [$"ForceCommand umask {umask}; cd '{home}' && HOME='{home}' exec sh -c \"$SSH_ORIGINAL_COMMAND\""] }, Token);

    private static string Section(string name, ThrowawaySshd sshd) =>
        $"[Vessel {name}]\nAddress = 127.0.0.1\nPort = {sshd.Port}\nUsername = {sshd.User}\nIdentityFile = {sshd.ClientKeyFile}\nConnections = 1\nBandwidthLimit = 150k\n";

    private static string[] Parts(string folder) => Directory.Exists(folder) ? [.. Directory.GetFiles(folder, "*.part", SearchOption.AllDirectories).Where(file => !IsProbe(file))] : [];

    // It lies beside the film until the shell has read it, which takes its time where the machine is busy.
    private static bool IsProbe(string path) => path.Contains("contentmonster-probe", StringComparison.Ordinal);

    private static async Task<Dictionary<string, int>> ModesAsync(ScratchDirectory scratch, params string[] below)
    {
        (string found, _) = await ProcessText.RunAsync("find", [.. below.Select(folder => scratch[folder]), "-printf", "%m %p\n"]);
        return found.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ', 2))
            .ToDictionary(parts => Path.GetRelativePath(scratch.Path, parts[1]), parts => Octal(parts[0]), StringComparer.Ordinal);
    }

    private static int Octal(string digits) => Convert.ToInt32(digits, 8);

    private static async Task UntilAsync(RunningDaemon daemon, Func<bool> condition, string what)
    {
        bool holds = false;
        await Eventually.BeTrueAsync(() => Task.FromResult((holds = condition()) || !daemon.Runs), () => $"{what}\n{string.Join('\n', daemon.Lines)}", TimeSpan.FromSeconds(Patience));
        holds.ShouldBeTrue($"it ended: {string.Join('\n', daemon.Lines)}");
    }
}
