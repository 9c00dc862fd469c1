using System.Runtime.InteropServices;
using System.Text;
using ContentMonster.Daemon.Demo;
using ContentMonster.Tests.Commands;
using ContentMonster.Tests.Faults;
using ContentMonster.Tests.Servers;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Security;

/// <summary>A password and a passphrase through a real delivery: afterwards they are where the settings have them, and nowhere else.</summary>
public sealed class SecretsTests
{
    private const string Passphrase = "canary-passphrase-7f1c29";
    private const string WrongPassword = "canary-wrong-password-51d0";
    private const int Patience = 120;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_password_and_a_passphrase_show_nowhere()
    {
        await using ThrowawayUser user = await ThrowawayUser.MakeAsync();
        using var scratch = new ScratchDirectory();
        Posix.Run("sh", "-c", $"mkdir -p '{scratch["vessels"]}' '{scratch["shore"]}' && chmod 755 '{scratch.Path}' && chmod 1777 '{scratch["vessels"]}'");
        string login = $"ForceCommand mkdir -p '{scratch["vessels"]}'/$USER && cd '{scratch["vessels"]}'/$USER && exec sh -c \"$SSH_ORIGINAL_COMMAND\"";
        await using ThrowawaySshd sshd = await ThrowawaySshd.StartAsync(new ThrowawaySshdOptions { ConfigLines = ["PasswordAuthentication yes", login] }, Token);
        string key = Path.Combine(sshd.DirectoryPath, "locked");
        await ThrowawaySshd.MakeKeyAsync(key, Passphrase, Token);
        await File.AppendAllTextAsync(sshd.AuthorizedKeysFile, await File.ReadAllTextAsync(key + ".pub", Token), Token);
        string vessels = $"[Vessel key]\nAddress = 127.0.0.1\nPort = {sshd.Port}\nUsername = {sshd.User}\nIdentityFile = {key}\nPassphrase = {Passphrase}\nConnections = 1\n"
            + $"[Vessel word]\nAddress = 127.0.0.1\nPort = {sshd.Port}\nUsername = {user.Name}\nPassword = PASSWORD\nSshOptions = PubkeyAuthentication=no\nConnections = 1\n";
        string settings = $"[MONSTER]\nDatabase = {scratch["state/cm.db"]}\n[Directory in]\nLocation = {scratch["shore"]}\nRemoteLocation = inbox\nSettleTime = 100ms\n{vessels}";

        await using var gaze = new ProcessGaze(user.Password, Passphrase, WrongPassword);
        var told = new StringBuilder();

        // First the wrong word: refused, told, not repeated.
        await File.WriteAllTextAsync(scratch["settings.ini"], settings.Replace("PASSWORD", WrongPassword, StringComparison.Ordinal), Token);
        await File.WriteAllTextAsync(scratch["shore/first"], "first", Token);
        await RunAsync(scratch, told, daemon => daemon.Said("word", "Permission denied"));
        await File.WriteAllTextAsync(scratch["settings.ini"], settings.Replace("PASSWORD", user.Password, StringComparison.Ordinal), Token);
        await RunAsync(scratch, told, _ => File.Exists(scratch["shore/processed/first"]));

        // A helper lives for milliseconds: on a busy machine it takes some more logins until one is seen.
        for (int more = 0; more < 20 && !gaze.SawHelper; more++)
        {
            string again = $"again{more}";
            await File.WriteAllTextAsync(scratch[$"shore/{again}"], "more", Token);
            await RunAsync(scratch, told, _ => File.Exists(scratch[$"shore/processed/{again}"]));
        }

        gaze.SawSsh.ShouldBeTrue();
        gaze.SawHelper.ShouldBeTrue();
        gaze.Found.ShouldBeEmpty();
        told.ToString().ShouldContain("first");
        foreach (string secret in (string[])[user.Password, Passphrase, WrongPassword])
        {
            told.ToString().ShouldNotContain(secret);
            byte[] bytes = Encoding.UTF8.GetBytes(secret);
            Directory.GetFiles(scratch.Path, "*", SearchOption.AllDirectories)
                .Where(file => Path.GetFileName(file) != "settings.ini" && File.ReadAllBytes(file).AsSpan().IndexOf(bytes) >= 0)
                .ShouldBeEmpty();
        }
    }

    private static async Task RunAsync(ScratchDirectory scratch, StringBuilder told, Func<RunningDaemon, bool> enough)
    {
        // systemd may let processes leave cores of any size; ours has to forbid it itself.
        await using var daemon = new RunningDaemon(scratch["settings.ini"], scratch["state/cm.db.sock"], null, ["sh", "-c", "ulimit -S -c $(ulimit -H -c) 2>/dev/null; exec \"$0\" \"$@\""]);
        long start = TimeProvider.System.GetTimestamp();
        while (!enough(daemon))
        {
            (daemon.Runs && TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(Patience)).ShouldBeTrue(string.Join('\n', daemon.Lines));
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Token);
        }

        string limits = await File.ReadAllTextAsync($"/proc/{daemon.ProcessId}/limits", Token);
        limits.Split('\n').Single(line => line.StartsWith("Max core file size", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[4..6].ShouldBe(["0", "0"]);
        string[][] commands = [["status"], ["status", "--json"], ["check"], ["history"], ["explain", "first"], ["explain", scratch["shore/first"]], ["retry", "word"]];
        foreach (string[] command in commands)
        {
            (_, string output, string error) = await Executable.RunAsync(scratch.Path, [.. command, "--config", scratch["settings.ini"]]);
            told.Append(output).Append(error);
        }

        daemon.Signal(PosixSignal.SIGTERM);
        await daemon.EndedAsync();
        told.AppendJoin('\n', daemon.Lines);
    }
}
