using Microsoft.Extensions.Logging;

namespace ContentMonster.Tests.Watching;

public sealed class ScanLogTests
{
    [Fact]
    public async Task Scans_that_find_nothing_new_are_no_news()
    {
        await using WatchRig rig = await new WatchRig { ScanInterval = TimeSpan.FromMilliseconds(50) }.StartAsync();
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30), TimeProvider.System);
        while (Scans(rig, LogLevel.Debug) < 3)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, deadline.Token);
        }

        Scans(rig, LogLevel.Information).ShouldBe(1);
    }

    private static int Scans(WatchRig rig, LogLevel level) =>
        rig.Log.Entries.Count(entry => entry.Level == level && entry.Line.StartsWith("Scanned", StringComparison.Ordinal));
}
