using System.Security.Cryptography;
using ContentMonster.Sftp.Process;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Servers;

/// <summary>An account of this machine for one test, removed after it; root only.</summary>
internal sealed class ThrowawayUser : IAsyncDisposable
{
    private ThrowawayUser(string name, string password) => (Name, Password) = (name, password);

    public string Name { get; }

    public string Password { get; }

    public string Home => $"/home/{Name}";

    public static async Task<ThrowawayUser> MakeAsync()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Making accounts takes root.");
        var user = new ThrowawayUser("cm" + RandomNumberGenerator.GetHexString(10, lowercase: true), RandomNumberGenerator.GetHexString(24));
        await RetryAsync("useradd", ["-m", "-s", "/bin/sh", user.Name], "");
        await RetryAsync("chpasswd", [], $"{user.Name}:{user.Password}\n");
        return user;
    }

    public async ValueTask DisposeAsync() => await RetryAsync("userdel", ["-f", "-r", Name], "");

    // Other tests on this machine may hold the lock of the password file; userdel answers 12 when there is no mail spool to remove.
    private static async Task RetryAsync(string program, string[] arguments, string input)
    {
        SshExit exit = new(ExitCode: null, Signal: null, "");
        for (int i = 0; i < 50; i++)
        {
            await using SshProcess process = SshProcess.StartLocal(program, arguments);
            try
            {
                await process.Transport.WriteAsync(System.Text.Encoding.UTF8.GetBytes(input));
                ((ChildStream)process.Transport).EndInput();
            }
            catch (IOException)
            {
                // It has left already, without reading: its exit tells why.
            }

            exit = (await ProcessText.ReadToEndAsync(process)).Exit;
            if (exit.ExitCode is 0 or 12)
            {
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }

        throw new IOException($"Could not run {program}, because it said: {exit.ErrorText}");
    }
}
