using ContentMonster.Model;
using ContentMonster.Shore;
using ContentMonster.Watching;

namespace ContentMonster.Tests.Watching;

public sealed class StillnessTests
{
    private readonly HandClock _clock = new();
    private readonly SettlingFile _file = new(BytePath.FromText("file"), 0);

    private Stillness Of(TimeSpan settleTime, bool keepsChangeTime = false) => new(settleTime, keepsChangeTime, _clock);

    private ShoreLook Look(long size = 1, TimeSpan age = default)
    {
        long at = (_clock.GetUtcNow() - age - DateTimeOffset.UnixEpoch).Ticks * 100;
        return new(ShoreEntryKind.Regular, new(1, 1, size, at, at, 0), 1, 0);
    }

    [Fact]
    public void A_file_is_still_when_it_did_not_change_for_the_settle_time()
    {
        Stillness stillness = Of(TimeSpan.FromSeconds(5));
        ShoreLook look = Look();
        stillness.Left(_file, look).ShouldBe(TimeSpan.FromSeconds(5));
        _clock.Advance(TimeSpan.FromSeconds(4));
        stillness.Left(_file, look).ShouldBe(TimeSpan.FromSeconds(1));
        ShoreLook changed = Look(size: 2);
        stillness.Left(_file, changed).ShouldBe(TimeSpan.FromSeconds(5));
        _clock.Advance(TimeSpan.FromSeconds(5));
        stillness.Left(_file, changed).ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public void An_old_change_time_counts_only_where_our_own_clock_wrote_it()
    {
        ShoreLook old = Look(age: TimeSpan.FromHours(1));
        Of(TimeSpan.FromSeconds(5), keepsChangeTime: true).Left(_file, old).ShouldBe(TimeSpan.Zero);
        Of(TimeSpan.FromSeconds(5), keepsChangeTime: false).Left(new(_file.Path, 0), old).ShouldBe(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public void A_change_time_in_the_future_delays_nothing()
    {
        Stillness stillness = Of(TimeSpan.FromSeconds(5), keepsChangeTime: true);
        ShoreLook ahead = Look(age: TimeSpan.FromDays(-400));
        stillness.Left(_file, ahead).ShouldBe(TimeSpan.FromSeconds(5));
        _clock.Advance(TimeSpan.FromSeconds(5));
        stillness.Left(_file, ahead).ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public void Without_a_close_even_no_settle_time_means_a_tick_of_the_kernels_clock()
    {
        Of(TimeSpan.Zero).Left(_file, Look()).ShouldBe(TimeSpan.FromMilliseconds(20));
        Of(TimeSpan.Zero).Left(new(_file.Path, 0) { Closed = true }, Look()).ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public void Where_leases_say_nothing_a_modified_file_waits_for_its_close_but_not_for_ever()
    {
        Stillness stillness = Of(TimeSpan.FromSeconds(1));
        stillness.Left(_file, Look());
        _clock.Advance(TimeSpan.FromSeconds(2));
        ShoreLook changed = Look(size: 2);
        stillness.Left(_file, changed);
        _clock.Advance(TimeSpan.FromSeconds(2));
        stillness.Left(_file, changed).ShouldBe(TimeSpan.Zero);
        stillness.LeftAfter(_file, WriterVerdict.Unknown).ShouldBe(TimeSpan.FromSeconds(28));
        stillness.LeftAfter(_file, WriterVerdict.Free).ShouldBe(TimeSpan.Zero);
        _clock.Advance(TimeSpan.FromSeconds(28));
        stillness.LeftAfter(_file, WriterVerdict.Unknown).ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public void Where_leases_say_nothing_a_file_that_was_closed_is_ready()
    {
        _file.Closed = true;
        Of(TimeSpan.FromSeconds(1)).LeftAfter(_file, WriterVerdict.Unknown).ShouldBe(TimeSpan.Zero);
    }

    private sealed class HandClock : TimeProvider
    {
        private TimeSpan _passed;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _passed.Ticks;

        public override DateTimeOffset GetUtcNow() => new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero) + _passed;

        public void Advance(TimeSpan time) => _passed += time;
    }
}
