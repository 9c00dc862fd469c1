using System.Text;
using ContentMonster.Sftp.Process;

namespace ContentMonster.Tests.Support;

/// <summary>Runs a program to its end.</summary>
internal static class ProcessText
{
    public static async Task<(string Output, SshExit Exit)> RunAsync(string program, string[] arguments, string input = "")
    {
        await using SshProcess process = SshProcess.StartLocal(program, arguments);
        return await ReadToEndAsync(process, input);
    }

    public static async Task<(string Output, SshExit Exit)> ReadToEndAsync(SshProcess process, string input = "")
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        if (input.Length > 0)
        {
            await process.Transport.WriteAsync(Encoding.UTF8.GetBytes(input), token);
        }

        using var output = new MemoryStream();
        await process.Transport.CopyToAsync(output, token);
        SshExit exit = await process.Exited.WaitAsync(TimeSpan.FromSeconds(20), token);
        return (Encoding.UTF8.GetString(output.ToArray()), exit);
    }
}
