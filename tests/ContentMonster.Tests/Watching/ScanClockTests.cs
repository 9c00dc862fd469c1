using ContentMonster.Configuration;
using ContentMonster.Ledger;
using ContentMonster.Model;
using ContentMonster.Shore;
using ContentMonster.Tests.Configuration;
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

    [Theory]
    [InlineData("", 30)]
    [InlineData("ScanInterval = 5s", 5)]
    [InlineData("ScanInterval = 10m", 600)] // as the default, but said
    [InlineData("ScanInterval = 2h", 7200)]
    public void On_a_network_file_system_an_interval_that_the_settings_name_counts_as_it_is_and_else_it_is_half_a_minute(string line, int next)
    {
        using var root = new OddRoot(_scratch[""], (_, look) => look) { IsNetwork = true };
        using var hints = new NoHints(shortfall: null);
        DirectorySettings named = Ini.Directory(line);
        Left(1, new DirectorySettings { Name = "d", Location = _scratch[""], RemoteLocation = "/r", ScanInterval = named.ScanInterval, NamesScanInterval = named.NamesScanInterval }, root, hints)
            .ShouldBe(TimeSpan.FromSeconds(next));
    }

    private TimeSpan Left(int tookSeconds, bool heard)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "inotify is Linux's.");
        var settings = new DirectorySettings { Name = "d", Location = _scratch[""], RemoteLocation = "/r" };
        using ShoreRoot root = ShoreRoot.Open(_scratch[""]);
        var bell = new Bell();
        using IHintSource hints = heard ? InotifyHints.Start((LinuxShoreRoot)root, bell, 100) : new NoHints(shortfall: null);
        return Left(tookSeconds, settings, root, hints);
    }

    private TimeSpan Left(int tookSeconds, DirectorySettings settings, ShoreRoot root, IHintSource hints)
    {
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
        var clock = new ScanClock(order, root, hints);
        clock.Begin();
        _time.Advance(TimeSpan.FromSeconds(tookSeconds));
        clock.End();
        return clock.Left;
    }
}
