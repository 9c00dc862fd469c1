using System.Runtime.InteropServices;

namespace ContentMonster.Daemon.Hosting;

/// <summary>The first SIGTERM, SIGINT or SIGHUP asks for an orderly stop, which has five seconds; a second one ends the process at once.</summary>
internal sealed class StopSignals : IDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stop = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly TimeProvider _time;
    private readonly Action<int> _exit;

    private int _received; // by Interlocked
    private ITimer? _deadline; // only the first signal sets it

    public StopSignals(TimeProvider time, Action<int> exit)
    {
        _time = time;
        _exit = exit;
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _stop.Token;

    public void Listen()
    {
        foreach (PosixSignal signal in (PosixSignal[])[PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGHUP])
        {
            _registrations.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                Received();
            }));
        }
    }

    public void Received()
    {
        if (Interlocked.Increment(ref _received) > 1)
        {
            _exit(ExitCode.Failed);
            return;
        }

        _deadline = _time.CreateTimer(_ => _exit(ExitCode.Failed), null, Patience, Timeout.InfiniteTimeSpan);
        _stop.Cancel();
    }

    public void Dispose()
    {
        _registrations.ForEach(registration => registration.Dispose());
        _deadline?.Dispose();
        _stop.Dispose();
    }
}
