using System.Diagnostics;

namespace ContentMonster.Tests.Commands;

/// <summary>The program as an operator runs it: the published one that CONTENTMONSTER_TESTED names (test.sh makes it), or the built one.</summary>
internal static class Executable
{
    public static string Path { get; } = Environment.GetEnvironmentVariable("CONTENTMONSTER_TESTED") is { Length: > 0 } named ? named : System.IO.Path.Combine(AppContext.BaseDirectory, "contentmonster");

    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(string workingDirectory, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(Path, arguments)
        {
            WorkingDirectory = workingDirectory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            UseShellExecute = false,
        })!;
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System);
        return (process.ExitCode, await output, await error);
    }
}
