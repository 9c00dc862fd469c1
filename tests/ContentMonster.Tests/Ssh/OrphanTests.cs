using System.Globalization;
using ContentMonster.Daemon.Demo;
using ContentMonster.Sftp.Process;
using ContentMonster.Tests.Servers;

namespace ContentMonster.Tests.Ssh;

/// <summary>Not a test by itself: the process that another test starts and kills.</summary>
public sealed class OrphanTests
{
    internal const string Report = "CONTENTMONSTER_TEST_REPORT";

    [Fact(Explicit = true)]
    public async Task Wait_to_be_killed()
    {
        string? report = Environment.GetEnvironmentVariable(Report);
        Assert.SkipWhen(report is null, "Started by another test only.");
        CancellationToken token = TestContext.Current.CancellationToken;
        await using ThrowawaySshd sshd = await ThrowawaySshd.StartAsync(new ThrowawaySshdOptions(), token);
        var target = new SshTarget { Host = "127.0.0.1", Port = sshd.Port, IdentityFile = sshd.ClientKeyFile, KnownHostsFile = Path.Combine(sshd.DirectoryPath, "known") };
        await using SshProcess ssh = SshProcess.StartCommand(target, "echo in; cat");
        await ssh.Transport.ReadExactlyAsync(new byte[3], token);
        IEnumerable<int> pids = sshd.SessionPids().Append(ssh.ProcessId);
        await File.WriteAllTextAsync(report!, $"{sshd.DirectoryPath} {string.Join(' ', pids.Select(pid => pid.ToString(CultureInfo.InvariantCulture)))}\n", token);
        await Task.Delay(TimeSpan.FromSeconds(60), TimeProvider.System, token);
    }
}
