using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using ContentMonster.Daemon.Demo;
using ContentMonster.Daemon.Hosting;
using ContentMonster.Tests.Commands;

namespace ContentMonster.Tests.Faults;

/// <summary>The real program as a process of its own, whose log is read line by line.</summary>
internal sealed partial class RunningDaemon : IAsyncDisposable
{
    /// <summary>For what is measured: .NET as the program's settings have it, and not as test.sh does.</summary>
    public static readonly IReadOnlyDictionary<string, string> AsUsual = new Dictionary<string, string>(StringComparer.Ordinal) { ["DOTNET_TieredPGO"] = "1", ["DOTNET_EnableWriteXorExecute"] = "1" };

    private readonly Process _process;
    private readonly string _socket;
    private readonly Task _reading;

    /// <param name="under">A program and its arguments that becomes the daemon by exec.</param>
    public RunningDaemon(string settings, string socket, IReadOnlyDictionary<string, string>? environment = null, params string[] under)
    {
        _socket = socket;
        string[] words = [.. under, Executable.Path, "run", "--config", settings];
        var start = new ProcessStartInfo(words[0], words[1..])
        {
            WorkingDirectory = Path.GetDirectoryName(settings)!, RedirectStandardError = true, RedirectStandardInput = true, UseShellExecute = false,
        };
        // A killed .NET process leaves its debugger's pipes in the temporary directory for ever.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            start.Environment[name] = value;
        }

        _process = Process.Start(start)!;
        _process.StandardInput.Close();
        _reading = ReadAsync();
    }

    public ConcurrentQueue<string> Lines { get; } = new();

    public int ProcessId => _process.Id;

    public bool Runs => !_process.HasExited;

    /// <summary>CPU time used so far: a hot loop shows here.</summary>
    public TimeSpan UsedTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    public bool Said(params string[] words) => Lines.Any(line => words.All(word => line.Contains(word, StringComparison.Ordinal)));

    public int Count(params string[] words) => Lines.Count(line => words.All(word => line.Contains(word, StringComparison.Ordinal)));

    /// <summary>ssh children of the daemon, with when they were started: to be looked for after its death.</summary>
    public IReadOnlyList<SeenProcess> Children() => ProcessTree.DescendantsOf(_process.Id);

    public async Task<VesselStatus?> StatusAsync(string vessel) => (await StatusAsync())?.Vessels.SingleOrDefault(one => one.Name == vessel);

    public async Task<StatusReport?> StatusAsync()
    {
        try
        {
            return (await ControlClient.AskAsync(_socket, new("status", 10), TimeProvider.System, TestContext.Current.CancellationToken))?.Status;
        }
        catch (IOException)
        {
            return null; // Not there yet.
        }
    }

    public void Signal(PosixSignal signal) => _ = Send(_process.Id, signal switch
    {
        PosixSignal.SIGTERM => 15,
        PosixSignal.SIGINT => 2,
        _ => throw new ArgumentOutOfRangeException(nameof(signal)),
    });

    public async Task KillAsync()
    {
        _process.Kill(); // Nothing where it has ended: its id may be another's by now.
        await EndedAsync();
    }

    public async Task<int> EndedAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System);
        await _reading.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (Runs)
        {
            await KillAsync();
        }

        _process.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    internal static partial int Send(int pid, int signal);

    private async Task ReadAsync()
    {
        while (await _process.StandardError.ReadLineAsync() is string line)
        {
            Lines.Enqueue(line);
        }
    }
}
