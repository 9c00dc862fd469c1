using ContentMonster.Model;
using ContentMonster.Shore;

namespace ContentMonster.Watching;

/// <summary>
/// Implementation notes.
/// Ready = nobody writes, and the stamp stood still for SettleTime. How long it stood still is known in two ways: by having looked twice, or
/// by the change time, where this machine's own clock wrote it. The second spares the wait for what lay there long before we came.
/// Kernels before 6.13 keep times in ticks of up to 10 ms: two writes in one tick leave one stamp. So even SettleTime = 0 means 20 ms,
/// unless the writer's close was seen and a lease proves that no other one is there.
/// Where leases say nothing ("unknown"), a file that was modified under our eyes without a close is given ten times SettleTime, at least
/// 30 s, to be closed; when it has stood still that long it goes: what comes later is another version, and never sending would be silent.
/// </summary>
internal sealed class Stillness(TimeSpan settleTime, bool keepsChangeTime, TimeProvider time)
{
    private const int ChangesOfAWriter = 3;
    private static readonly TimeSpan ClockTick = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LeastPatience = TimeSpan.FromSeconds(30);

    public TimeSpan Patience { get; } = settleTime * 10 > LeastPatience ? settleTime * 10 : LeastPatience;

    /// <summary>From a hint to the first look that can find the file ready.</summary>
    public TimeSpan WaitFor(SettlingFile file) =>
        settleTime == TimeSpan.Zero && file.Closed ? TimeSpan.Zero
        : settleTime > ClockTick ? settleTime
        : ClockTick;

    /// <summary>Takes note of a look. Zero: it stood still long enough; else how much longer it has to.</summary>
    public TimeSpan Left(SettlingFile file, ShoreLook look)
    {
        long now = time.GetTimestamp();
        if (file.Stamp is { } before && before != look.Stamp)
        {
            if (before.SizeInBytes != look.Stamp.SizeInBytes || before.ModifiedUnixNanoseconds != look.Stamp.ModifiedUnixNanoseconds)
            {
                file.Modified = true;
                file.Closed = false;
            }

            file.Since = now;
            file.Deferrals = 0;
            file.Writing = ++file.Changes >= ChangesOfAWriter;
        }
        else if (file.Stamp is null)
        {
            if (keepsChangeTime && file.Closed && Age(look.Stamp.ModifiedUnixNanoseconds) + ClockTick < time.GetElapsedTime(file.Since, now))
            {
                // Written to again after the close that we saw.
                file.Modified = true;
                file.Closed = false;
            }

            if (!file.Closed && look.LinkCount > 1)
            {
                // `ln` makes a name and writes nothing.
                file.Modified = false;
            }

            file.Since = now;
        }

        file.Stamp = look.Stamp;
        TimeSpan wait = WaitFor(file);
        TimeSpan stood = time.GetElapsedTime(file.Since, now);
        TimeSpan age = Age(look.Stamp.ChangedUnixNanoseconds);
        if (keepsChangeTime && age > stood)
        {
            stood = age;
        }

        return stood >= wait ? TimeSpan.Zero : wait - stood;
    }

    /// <summary>What a verdict about writers adds. Zero: ready.</summary>
    public TimeSpan LeftAfter(SettlingFile file, WriterVerdict verdict)
    {
        file.Writing = verdict == WriterVerdict.Writing;
        file.Changes = 0;
        if (verdict == WriterVerdict.Free)
        {
            return TimeSpan.Zero;
        }

        if (verdict == WriterVerdict.Writing)
        {
            // The close rings; this is for closes that are not heard.
            return Deferral(file);
        }

        TimeSpan left = file.Modified && !file.Closed ? Patience - time.GetElapsedTime(file.Since) : TimeSpan.Zero;
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    /// <summary>1, 2, 4, 8, 10, 10, ... seconds.</summary>
    public static TimeSpan Deferral(SettlingFile file) => TimeSpan.FromSeconds(Math.Min(10, 1 << Math.Min(4, file.Deferrals++)));

    private TimeSpan Age(long unixNanoseconds) => time.GetUtcNow() - DateTimeOffset.UnixEpoch.AddTicks(unixNanoseconds / 100);
}
