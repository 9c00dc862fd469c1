using ContentMonster.Tests.Simulation;
using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

namespace ContentMonster.Tests;

/// <summary>Runs the tests; or, started by one of them, a simulation that needs a process of its own.</summary>
internal static class Program
{
    public static async Task<int> Main(string[] args)
    {
        if (args is [SimulationProgram.Word, .. string[] rest])
        {
            return SimulationProgram.Run(rest);
        }

        return args.Any(arg => arg is "--server" or "--internal-msbuild-node")
            ? await TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions)
            : await ConsoleRunner.Run(args);
    }
}
