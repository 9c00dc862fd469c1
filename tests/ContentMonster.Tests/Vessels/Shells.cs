using System.Diagnostics;

namespace ContentMonster.Tests.Vessels;

/// <summary>Runs scripts in the shells of this machine, from standard input as on a vessel.</summary>
internal static class Shells
{
    /// <summary>Those that are installed; /bin/sh always is.</summary>
    public static string[][] All { get; } =
    [
        .. new string[][] { ["/bin/sh"], ["/usr/bin/dash"], ["/bin/bash", "--posix"], ["/usr/bin/busybox", "sh"] }.Where(shell => File.Exists(shell[0])),
    ];

    public static async Task<(int Status, byte[] Output)> RunAsync(string[] shell, byte[] script, string folder)
    {
        using var process = Process.Start(new ProcessStartInfo(shell[0], shell[1..])
        {
            UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder,
        })!;
        CancellationToken token = TestContext.Current.CancellationToken;
        using var output = new MemoryStream();

        // All at once: a script longer than a pipe is answered while it is still being read.
        Task reading = Task.WhenAll(process.StandardError.ReadToEndAsync(token), process.StandardOutput.BaseStream.CopyToAsync(output, token));
        await process.StandardInput.BaseStream.WriteAsync(script, token);
        process.StandardInput.Close();
        await reading.WaitAsync(TimeSpan.FromSeconds(120), TimeProvider.System, token);
        await process.WaitForExitAsync(token);
        return (process.ExitCode, output.ToArray());
    }
}
