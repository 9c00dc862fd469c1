using System.Diagnostics;

namespace ContentMonster.Tests.Watching;

/// <summary>Run by hand: `-explicit only -class ContentMonster.Tests.Watching.ScanMeasure`.</summary>
public sealed class ScanMeasure
{
    [Fact(Explicit = true)]
    public async Task A_scan_of_100_000_files()
    {
        await using var rig = new WatchRig { SettleTime = TimeSpan.FromSeconds(1) };
        for (int i = 0; i < 100_000; i++)
        {
            Directory.CreateDirectory(rig[$"{i % 100}"]);
            File.WriteAllText(rig[$"{i % 100}/file-{i}"], "");
        }

        await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System, TestContext.Current.CancellationToken);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        long began = Stopwatch.GetTimestamp();
        await rig.StartAsync();
        TimeSpan first = Stopwatch.GetElapsedTime(began);
        TestContext.Current.SendDiagnosticMessage($"all recorded after {first.TotalMilliseconds:F0} ms: {rig.Ledger.Count} files; heap {(GC.GetTotalMemory(forceFullCollection: true) - before) >> 10} KiB with the ledger in memory; peak RSS {Process.GetCurrentProcess().PeakWorkingSet64 >> 20} MiB");
        TestContext.Current.SendDiagnosticMessage(string.Join('\n', rig.Log.Lines.Where(line => line.StartsWith("Scanned", StringComparison.Ordinal))));
        rig.Ledger.Count.ShouldBe(100_000);
    }

    [Theory(Explicit = true)]
    [InlineData(0)]
    [InlineData(1000)]
    public async Task From_close_to_recorded(int settleMilliseconds)
    {
        await using WatchRig rig = await new WatchRig { SettleTime = TimeSpan.FromMilliseconds(settleMilliseconds) }.StartAsync();
        for (int i = 0; i < 8; i++)
        {
            File.WriteAllText(rig[$"{i}"], "x");
            long closed = Stopwatch.GetTimestamp();
            await rig.Ledger.UntilAsync(() => rig.Ledger.Count == i + 1);
            TestContext.Current.SendDiagnosticMessage($"{Stopwatch.GetElapsedTime(closed).TotalMilliseconds:F1} ms");
        }
    }
}
