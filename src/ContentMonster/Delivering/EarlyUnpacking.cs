using System.Runtime.ExceptionServices;
using ContentMonster.Planning;
using ContentMonster.Vessels;

namespace ContentMonster.Delivering;

/// <summary>
/// Has one archive unpacked. Over a satellite the vessel is asked while the last bytes are on their way, and waits for them there: a round trip less
/// until all is over. Only when nothing else waits for a lane: its shell does nothing else meanwhile.
/// </summary>
/// <param name="content">Of the archive.</param>
internal sealed class EarlyUnpacking(ShipmentTools tools, PackContent content, CancellationToken cancellationToken)
{
    private const int MostRounds = 8;
    private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();

    // Guarded by _gate.
    private Task<Answer>? _asked;
    private bool _mayAsk;
    private bool _isHandedOver;
    private long _there;
    private long _length;

    /// <summary>Completes (never faults) when the vessel has answered a question that was asked early; not if it is to be asked again.</summary>
    public Task Answered => _answered.Task;

    /// <summary>None of the files was there before: it may be asked early from now on.</summary>
    public void Allow()
    {
        lock (_gate)
        {
            _mayAsk = true;
            Consider();
        }
    }

    /// <summary>A lane has the last of its bytes.</summary>
    public void HandedOver()
    {
        lock (_gate)
        {
            _isHandedOver = true;
            Consider();
        }
    }

    /// <summary>Told how much of it is there. From the first byte on it is not made anew by whoever opens it.</summary>
    public void Acknowledged(long ofArchive, long length)
    {
        lock (_gate)
        {
            (_there, _length) = (ofArchive, length);
            Consider();
        }
    }

    /// <summary>Until a question that was asked early, if one was, is over; never faults.</summary>
    public async Task SettledAsync() => await ((Task?)Asked ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    /// <summary>Whether it is all in place. To be called when the archive was written whole, or <see cref="Answered"/> has completed.</summary>
    public async Task<bool> DeliverAsync()
    {
        Answer answer = Asked is { } asked ? await asked.ConfigureAwait(false) : default;

        // Again if another archive of the same script was late; each is that once at the most, and few are asked for early.
        for (int round = 0; answer is { IsInPlace: null, Failure: null }; round++)
        {
            await tools.Vessel.Explored.WaitAsync(cancellationToken).ConfigureAwait(false);
            answer = tools.Vessel.Facts.CanUnpack && round < MostRounds ? await AskAsync(content).ConfigureAwait(false) : new Answer(false, null);
        }

        answer.Failure?.Throw();
        return answer.IsInPlace!.Value;
    }

    private Task<Answer>? Asked
    {
        get
        {
            lock (_gate)
            {
                return _asked;
            }
        }
    }

    // Under the gate.
    private void Consider()
    {
        if (_asked is null && _mayAsk && _isHandedOver && _there > 0 && _there < _length && IsWorthIt())
        {
            _asked = AskAsync(content with { AwaitedBytes = _length });
        }
    }

    private bool IsWorthIt() =>
        tools.Vessel.Explored.IsCompletedSuccessfully && tools.Vessel.Facts is { CanUnpack: true } facts && facts.RoundTrip >= LanePlan.VeryLongWay && tools.NothingWaits();

    private async Task<Answer> AskAsync(PackContent asked)
    {
        Answer answer;
        try
        {
            answer = new Answer(await tools.Unpacker.AskAsync(asked, cancellationToken).ConfigureAwait(false), null);
        }
        catch (VesselException lost) when (asked.AwaitedBytes > 0 && lost.IsOfTheLink)
        {
            answer = default; // The shell's connection; the lane may bring the rest, and the shell is opened again.
        }
        catch (VesselException failure)
        {
            answer = new Answer(null, ExceptionDispatchInfo.Capture(failure));
        }

        if (answer is not { IsInPlace: null, Failure: null })
        {
            _answered.TrySetResult();
        }

        return answer;
    }

    /// <param name="IsInPlace">Null: it was not whole in time, or it failed.</param>
    private readonly record struct Answer(bool? IsInPlace, ExceptionDispatchInfo? Failure);
}
