using ContentMonster.Model;

namespace ContentMonster.Watching;

/// <summary>Tells that a watch's loop does not come round: it waits for a disk that does not answer, its own or the ledger's, and cannot tell itself.</summary>
internal sealed class HangNotice : IDisposable
{
    private const int LooksAPatience = 3;

    private readonly WatchOrder _order;
    private readonly ITimer _timer;

    // Only the timer's callbacks touch these, one at a time but for a clock that leaps.
    private long _seen;
    private TimeSpan _silent;

    public HangNotice(WatchOrder order)
    {
        _order = order;
        TimeSpan interval = order.Limits.HangPatience / LooksAPatience;
        _timer = order.Time.CreateTimer(_ => Look(interval), state: null, interval, interval);
    }

    public void Dispose()
    {
        _timer.Dispose();
        _order.State.Hang = null;
    }

    private void Look(TimeSpan interval)
    {
        long rounds = _order.State.Rounds;
        if (rounds != _seen)
        {
            (_seen, _silent) = (rounds, TimeSpan.Zero);
            if (_order.State.Hang is not null)
            {
                _order.State.Hang = null;
                _order.Logger.AnswersAgain(_order.Name, DisplayText.Escape(_order.Settings.Location));
            }

            return;
        }

        _silent += interval;
        if (_silent >= _order.Limits.HangPatience)
        {
            bool isNew = _order.State.Hang is null;
            string location = DisplayText.Escape(_order.Settings.Location);
            TimeSpan writes = _order.Ledger.WritesFor;
            _order.State.Hang = writes >= _order.Limits.HangPatience - interval
                ? $"{location} waits for the ledger, whose disk has not answered for {writes.TotalSeconds:0} s: see to that disk or its server. Nothing is found, begun or booked until it does."
                : $"{location} has not answered for {_silent.TotalSeconds:0} s: see to its disk or server. Nothing is found there until it does; or it is the ledger's disk that does not answer.";
            if (isNew)
            {
                _order.Logger.Hangs(_order.Name, _order.State.Hang);
            }
        }
    }
}
