using System.Globalization;
using ContentMonster.Daemon.Commands;
using ContentMonster.Daemon.Hosting;
using ContentMonster.Diagnostics;
using Spectre.Console;

namespace ContentMonster.Daemon.Demo;

/// <summary>Shows how far each vessel is until all is delivered: bars on a terminal, a line a second elsewhere.</summary>
internal sealed class DemoProgress(Screen screen, TimeProvider time, long totalBytes)
{
    public async Task FollowAsync(IEngine engine, IReadOnlyList<string> vessels, Task delivered, CancellationToken stop)
    {
        if (screen.IsTerminal)
        {
            await screen.Console.Progress()
                .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new DownloadedColumn(), new TransferSpeedColumn(), new RemainingTimeColumn())
                .StartAsync(context => MoveBarsAsync(context, engine, vessels, delivered, stop));
        }
        else
        {
            await WriteLinesAsync(engine, delivered, stop);
        }
    }

    private async Task MoveBarsAsync(ProgressContext context, IEngine engine, IReadOnlyList<string> vessels, Task delivered, CancellationToken stop)
    {
        Dictionary<string, ProgressTask> bars = vessels.ToDictionary(name => name, name => context.AddTask(Markup.Escape(name), maxValue: totalBytes), StringComparer.Ordinal);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100), time);
        do
        {
            foreach (VesselSnapshot vessel in engine.Snapshot().Vessels)
            {
                // A chunk that is sent again takes bytes back; a bar does not.
                bars[vessel.Name].Value = Math.Max(bars[vessel.Name].Value, DoneBytes(vessel));
            }
        }
        while (!delivered.IsCompleted && await timer.WaitForNextTickAsync(stop));
        if (delivered.IsCompletedSuccessfully)
        {
            foreach (VesselSnapshot vessel in engine.Snapshot().Vessels)
            {
                bars[vessel.Name].Value = DoneBytes(vessel);
            }
        }
    }

    private async Task WriteLinesAsync(IEngine engine, Task delivered, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), time);
        while (!delivered.IsCompleted)
        {
            // The wait ends early when all is delivered; the last lines then say 100 %.
            await Task.WhenAny(delivered, timer.WaitForNextTickAsync(stop).AsTask());
            stop.ThrowIfCancellationRequested();
            foreach (VesselSnapshot vessel in engine.Snapshot().Vessels)
            {
                string percent = (100.0 * DoneBytes(vessel) / totalBytes).ToString("0", CultureInfo.InvariantCulture);
                screen.Line($"{vessel.Name,-8} {percent,3} %  {Amount.OfBytes(DoneBytes(vessel))} of {Amount.OfBytes(totalBytes)} at {Amount.OfBytes((long)vessel.BytesPerSecond)}/s");
            }
        }
    }

    private long DoneBytes(VesselSnapshot vessel) => Math.Min(totalBytes, vessel.PublishedBytes + vessel.Active.Sum(file => file.AcknowledgedBytes));
}
