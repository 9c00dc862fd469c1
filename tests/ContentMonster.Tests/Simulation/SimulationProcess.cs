using System.Diagnostics;
using System.Globalization;

namespace ContentMonster.Tests.Simulation;

/// <summary>This program once more, as <see cref="SimulationProgram"/>, with one thread for all of its tasks.</summary>
internal sealed class SimulationProcess : IDisposable
{
    // Nothing comes for so long only where nothing goes on any more, however slow the machine.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private readonly System.Diagnostics.Process _process;

    public SimulationProcess(WorldKind kind, long first, long count, bool tell = false)
    {
        string[] arguments = [SimulationProgram.Word, $"{kind}", first.ToString(CultureInfo.InvariantCulture), count.ToString(CultureInfo.InvariantCulture), .. tell ? ["tell"] : Array.Empty<string>()];
        var start = new ProcessStartInfo(Environment.ProcessPath!, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardInput = true };
        foreach (string name in new[] { "DOTNET_PROCESSOR_COUNT", "DOTNET_ThreadPool_ForceMinWorkerThreads", "DOTNET_ThreadPool_ForceMaxWorkerThreads", "DOTNET_HillClimbing_Disable" })
        {
            start.Environment[name] = "1";
        }

        // With one processor .NET compiles again what is called often only where nothing new was called for a second, which is never here.
        start.Environment["DOTNET_TC_CallCountingDelayMs"] = "0";

        _process = System.Diagnostics.Process.Start(start)!;

        // Tests beside this one have clocks of this world to keep to.
        _process.PriorityClass = ProcessPriorityClass.BelowNormal;
    }

    public static string Tell(WorldKind kind, long seed)
    {
        using var process = new SimulationProcess(kind, seed, 1, tell: true);
        return process._process.StandardOutput.ReadToEnd();
    }

    public async Task<string?> NextAsync(CancellationToken cancellationToken) =>
        await _process.StandardOutput.ReadLineAsync(cancellationToken).AsTask().WaitAsync(Patience, TimeProvider.System, cancellationToken);

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
