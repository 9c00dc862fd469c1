using ContentMonster.Model;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Faults;

/// <summary>Somebody sets the shore's clock, while files settle, travel and wait: nobody waits a day for it, nothing goes twice.</summary>
public sealed class ClockTests
{
    private const int Length = 4_000_000;

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    [InlineData(-20_000)]
    public async Task A_clock_that_jumps_delays_nothing_and_sends_nothing_twice(int days)
    {
        var time = new SteppedTime();
        await using DeliveryRig rig = await DeliveryRig.WithAsync(time, "v1");
        rig.Change("v1", vessel => vessel with { BandwidthLimit = 2_000_000 });
        string inbox = Directory.CreateDirectory(rig.InboxOf("v1").Root).FullName;
        Directory.CreateDirectory(Path.Combine(inbox, "blocked"));
        string big = rig.Put("big", Length);
        string blocked = rig.Put("blocked", 1000);
        await rig.StartAsync();
        await rig.UntilSaidAsync("in/blocked steps back");
        await rig.UntilAsync(() => rig.Shown("v1").Active.Any(file => file.AcknowledgedBytes > 500_000), "the big file is under way");

        time.Offset = TimeSpan.FromDays(days);
        string settling = rig.Put("settling", 1000);
        Directory.Delete(Path.Combine(inbox, "blocked"));
        long start = TimeProvider.System.GetTimestamp();
        await rig.UntilArchivedAsync("big", "blocked", "settling");

        // The step back was 5 s; a place is looked at again each 30 s at the latest.
        TimeProvider.System.GetElapsedTime(start).ShouldBeLessThan(TimeSpan.FromSeconds(80));
        (rig.InboxOf("v1").Hash("big"), rig.InboxOf("v1").Hash("blocked"), rig.InboxOf("v1").Hash("settling")).ShouldBe((big, blocked, settling));
        (rig.SentFor("big", "v1"), rig.SentFor("settling", "v1")).ShouldSatisfyAllConditions(
            sent => sent.Item1.ShouldBe([Length]), sent => sent.Item2.ShouldBe([1000]));
    }

    [Fact]
    public async Task A_file_from_the_future_and_one_from_1970_are_files_like_any_other()
    {
        await using DeliveryRig rig = await DeliveryRig.WithAsync("v1");
        byte[] content = new byte[1000];
        var future = new DateTime(2090, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        rig.Put("future", content, prepare: file => File.SetLastWriteTimeUtc(file, future));
        rig.Put("past", content, prepare: file => File.SetLastWriteTimeUtc(file, DateTime.UnixEpoch));
        rig.Put("before", content, prepare: file => File.SetLastWriteTimeUtc(file, DateTime.UnixEpoch.AddDays(-1)));
        await rig.StartAsync();
        await rig.UntilArchivedAsync("before", "future", "past");
        File.GetLastWriteTimeUtc(Path.Combine(rig.InboxOf("v1").Root, "future")).ShouldBe(future);
        File.GetLastWriteTimeUtc(Path.Combine(rig.InboxOf("v1").Root, "past")).ShouldBe(DateTime.UnixEpoch);
        rig.Log.Lines.ShouldNotContain(line => line.Contains(nameof(FailureKind.Bug), StringComparison.Ordinal));
    }
}
