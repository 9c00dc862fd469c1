using System.Runtime.InteropServices;

namespace ContentMonster.Daemon.Hosting;

/// <summary>The first SIGTERM, SIGINT or SIGHUP asks for an orderly stop, which has five seconds; one that comes half a second or more after it ends the process at once.</summary>
internal sealed class StopSignals : IDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    // A terminal that closes, or timeout(1), sends its signal to the process and to its group: that is one wish, not two.
    private static readonly TimeSpan OneWish = TimeSpan.FromSeconds(0.5);

    private readonly CancellationTokenSource _stop = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly TimeProvider _time;
    private readonly Action<int> _exit;

    private readonly Lock _gate = new();

    private long? _first; // when; guarded by _gate
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
        TimeSpan? since;
        lock (_gate)
        {
            since = _first is long first ? _time.GetElapsedTime(first) : null;
            _first ??= _time.GetTimestamp();
        }

        if (since is not null)
        {
            if (since >= OneWish)
            {
                _exit(ExitCode.Failed);
            }

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
