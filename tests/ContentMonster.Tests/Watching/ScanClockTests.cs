using ContentMonster.Configuration;
using ContentMonster.Ledger;
using ContentMonster.Shore;
using ContentMonster.Tests.Support;
using ContentMonster.Watching;
using Microsoft.Extensions.Logging.Abstractions;

namespace ContentMonster.Tests.Watching;

public sealed class ScanClockTests : IDisposable
{
    private readonly ScratchDirectory _scratch = new();
    private readonly ManualTime _time = new();

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData(1, 600)] // an ordinary scan: as the settings say
    [InlineData(5, 600)] // a heavy one, that is still less than a hundredth of the time
    [InlineData(20, 2000)]
    [InlineData(300, 3600)] // an hour at the most
    public void Where_the_kernel_tells_of_every_change_a_scan_takes_a_hundredth_of_the_time_at_the_most(int took, int next) =>
        Left(took, heard: true).ShouldBe(TimeSpan.FromSeconds(next));

    [Fact]
    public void Where_nobody_tells_of_changes_the_settings_hold_whatever_a_scan_costs() => Left(300, heard: false).ShouldBe(TimeSpan.FromMinutes(10));

    private TimeSpan Left(int tookSeconds, bool heard)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "inotify is Linux's.");
        var settings = new DirectorySettings { Name = "d", Location = _scratch[""], RemoteLocation = "/r" };
        var order = new WatchOrder
        {
            Settings = settings,
            ChunkSizeInBytes = 1 << 20,
            Recursive = true,
            Ledger = new MemoryLedger(),
            Territory = new(settings, true, _ => true, _ => true),
            Time = _time,
            Logger = NullLogger.Instance,
            Recorded = () => { },
            Limits = new(),
            State = new(settings),
        };
        using ShoreRoot root = ShoreRoot.Open(_scratch[""]);
        using IHintSource hints = heard ? InotifyHints.Start((LinuxShoreRoot)root, order.Bell, 100) : new NoHints(shortfall: null);
        var clock = new ScanClock(order, root, hints);
        clock.Begin();
        _time.Advance(TimeSpan.FromSeconds(tookSeconds));
        clock.End();
        return clock.Left;
    }
}
