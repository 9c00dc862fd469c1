using System.Text;
using ContentMonster.Sftp.Client;
using ContentMonster.Sftp.Process;
using ContentMonster.Tests.Servers;

namespace ContentMonster.Tests.Ssh;

public sealed class DropbearTests
{
    [Fact]
    public async Task Key_password_subsystem_and_shell_work_with_Dropbear()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        await using ThrowawayDropbear server = await ThrowawayDropbear.StartAsync();
        var target = new SshTarget
        {
            Host = "127.0.0.1", Port = server.Port, User = server.User.Name, IdentityFile = server.ClientKeyFile, KnownHostsFile = server.KnownHostsFile,
        };
        await using SshProcess sftp = SshProcess.StartSubsystem(target, "sftp");
        await sftp.Transport.WriteAsync(new byte[] { 0, 0, 0, 5, 1, 0, 0, 0, 3 }, token);
        byte[] version = new byte[9];
        await sftp.Transport.ReadExactlyAsync(version, token);
        version[4..].ShouldBe([2, 0, 0, 0, 3]);

        SshTarget byPassword = target with
        {
            IdentityFile = null, Options = ["PubkeyAuthentication=no"], Secrets = new SshSecrets(server.User.Password, null),
            AskpassProgram = Path.Combine(AppContext.BaseDirectory, "contentmonster"),
        };
        await using SshProcess process = SshProcess.StartCommand(byPassword, "exec sh", await SshConfiguration.AskAsync(byPassword, token));
        await using RemoteShell shell = await RemoteShell.StartAsync(process.Transport, new RemoteShellOptions(), token);
        Encoding.ASCII.GetString((await shell.RunAsync("id -un"u8.ToArray(), Timeout.InfiniteTimeSpan, token)).Output).ShouldBe(server.User.Name + "\n");
    }
}
