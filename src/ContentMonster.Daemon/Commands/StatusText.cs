using System.Globalization;
using ContentMonster.Daemon.Hosting;
using ContentMonster.Diagnostics;
using ContentMonster.Ledger;
using ContentMonster.Model;

namespace ContentMonster.Daemon.Commands;

/// <summary>A status report in words.</summary>
internal sealed class StatusText(Screen screen, TimeProvider time, int filesShown)
{
    public void Show(StatusReport report)
    {
        screen.Line(report is { DaemonRuns: true, StartedAt: DateTimeOffset started }
            ? $"The daemon runs since {Amount.OfMoment(started, time)}."
            : "No daemon runs; this is what the ledger knows. `contentmonster run` goes on.", report.DaemonRuns ? null : "yellow");
        string unarchived = report.UnarchivedFiles > 0 ? $", {report.UnarchivedFiles} delivered everywhere but not archived" : "";
        screen.Line($"{Amount.OfFiles(report.UndeliveredFiles)} not yet everywhere, {report.ArchivedFiles} delivered everywhere{unarchived}, {report.RefusedFiles} not sent.");
        foreach (VesselStatus vessel in report.Vessels)
        {
            Show(vessel, report.At);
        }

        foreach (DirectorySnapshot directory in report.Directories)
        {
            Show(directory);
        }

        ShowMissing(report);
        ShowReasons("Delivered everywhere but not archived; it is tried again:", report.Unarchived.Select(file => (file.Directory, file.File, file.Reason)), report.UnarchivedFiles);
        ShowReasons("Not sent:", report.Refused.Select(file => (file.Directory, file.File, file.Reason)), report.RefusedFiles);
    }

    private void Show(VesselStatus vessel, DateTimeOffset now)
    {
        bool ailing = vessel.State is nameof(VesselState.BackingOff) or nameof(VesselState.Stopped);
        screen.Line();
        screen.Line($"Vessel {vessel.Name}: {StateInWords(vessel.State)}{(vessel.Lanes > 0 ? $", {vessel.Lanes} {(vessel.Lanes == 1 ? "lane" : "lanes")}" : "")}", ailing ? "red bold" : "bold");
        string rate = vessel.State == VesselStatus.Unattended ? "" : $" at {Amount.OfBytes((long)vessel.BytesPerSecond)}/s";
        string eta = vessel.Eta is TimeSpan left ? $", {Amount.OfTime(left)} left" : "";
        string steppedBack = vessel.SteppedBackFiles > 0 ? $" ({vessel.SteppedBackFiles} stepped back)" : "";
        string unverified = vessel.UnverifiedFiles > 0 ? $" ({vessel.UnverifiedFiles} unverified)" : "";
        screen.Line($"  queue     {Amount.OfFiles(vessel.WaitingFiles)}{steppedBack}, {Amount.OfBytes(vessel.WaitingBytes)} to go{rate}{eta}");
        screen.Line($"  delivered {Amount.OfFiles(vessel.PublishedFiles)}{unverified}");
        if (vessel.Link is LinkSnapshot link)
        {
            screen.Line($"  link      {InWords(link)}");
        }

        foreach (ActiveFile file in vessel.Active)
        {
            screen.Line($"  {file.Stage,-9} {file.Directory}/{file.File}: {Amount.OfBytes(file.AcknowledgedBytes)} of {Amount.OfBytes(file.SizeInBytes)}");
        }

        ShowTrouble(vessel, now);
    }

    private void ShowTrouble(VesselStatus vessel, DateTimeOffset now)
    {
        if (vessel.LastError is not null)
        {
            string[] about = [.. new[] { vessel.ErrorKind?.ToString(), vessel.LastErrorAt is DateTimeOffset at ? Amount.OfMoment(at, time) : null }.OfType<string>()];
            screen.Line($"  last error{(about.Length == 0 ? "" : $" ({string.Join(", ", about)})")}: {vessel.LastError}", "red");
        }

        if (vessel.Advice is not null)
        {
            screen.Line($"  what to do: {vessel.Advice}", "yellow");
        }

        if (vessel.NextAttempt is DateTimeOffset next)
        {
            screen.Line(next > now ? $"  next attempt in {Amount.OfTime(next - now)}; `contentmonster retry` tries at once" : "  next attempt now");
        }
    }

    private void Show(DirectorySnapshot directory)
    {
        string settling = directory.SettlingFiles > 0 ? $", {Amount.OfFiles(directory.SettlingFiles)} settling" : "";
        screen.Line();
        screen.Line($"Directory {directory.Name} ({directory.Location}): {directory.State}{settling}", "bold");
        if (directory.Problem is not null)
        {
            screen.Line($"  {directory.Problem}", "yellow");
        }

        const int MostWritten = 5;
        if (directory.BeingWritten.Count > 0)
        {
            screen.Line($"  still being written, and sent when that is over: {string.Join(", ", directory.BeingWritten.Take(MostWritten))}{(directory.BeingWritten.Count > MostWritten ? ", ..." : "")}");
        }
    }

    private void ShowMissing(StatusReport report)
    {
        if (report.Missing.Count == 0)
        {
            return;
        }

        screen.Line();
        screen.Line("Missing, oldest first:", "bold");
        foreach (MissingStatus file in report.Missing.Take(filesShown))
        {
            screen.Line($"  {file.Directory}/{file.File} ({Amount.OfBytes(file.SizeInBytes)})");
            foreach (MissingAt at in file.At)
            {
                screen.Line($"    {At(at, file.SizeInBytes, report.At)}");
            }
        }

        ShowMore(report.UndeliveredFiles, Math.Min(report.Missing.Count, filesShown));
    }

    /// <summary>Where a file stands on one vessel that lacks it.</summary>
    public static string At(MissingAt at, long sizeInBytes, DateTimeOffset now)
    {
        string how = at.State switch
        {
            DeliveryState.Waiting => "waiting",
            DeliveryState.Sending => $"begun, {Amount.OfBytes(at.AcknowledgedBytes)} of {Amount.OfBytes(sizeInBytes)} there",
            DeliveryState.Publishing => "whole there, being published",
            _ => at.State.ToString(),
        };
        string error = at.LastError is null ? "" : $"; last error: {at.LastError}";
        string retry = at.RetryAt > now ? $"; tried again in {Amount.OfTime(at.RetryAt.Value - now)}" : "";
        return $"{at.Vessel}: {how}{error}{retry}";
    }

    private void ShowReasons(string title, IEnumerable<(string Directory, string File, string Reason)> files, long all)
    {
        (string Directory, string File, string Reason)[] shown = [.. files.Take(filesShown)];
        if (shown.Length == 0)
        {
            return;
        }

        screen.Line();
        screen.Line(title, "bold");
        foreach ((string directory, string file, string reason) in shown)
        {
            screen.Line($"  {directory}/{file}: {reason}");
        }

        ShowMore(all, shown.Length);
    }

    private void ShowMore(long all, int shown)
    {
        if (all > shown)
        {
            screen.Line($"  and {all - shown} more (--json lists up to {ControlServer.MostFilesListed})");
        }
    }

    private static string InWords(LinkSnapshot link)
    {
        string least = link.LeastRoundTrip is TimeSpan shortest ? $" (least {Milliseconds(shortest)})" : "";
        string again = (100 * link.RetransmittedShare).ToString("0.0", CultureInfo.InvariantCulture);
        return $"{link.CongestionControl ?? "congestion control unknown"}, round trip {Milliseconds(link.RoundTrip)}{least}, {again} % retransmitted, {Amount.OfBytes(link.DeliveryBytesPerSecond)}/s delivered";
    }

    private static string Milliseconds(TimeSpan time) => time.TotalMilliseconds.ToString(time.TotalMilliseconds < 10 ? "0.0 'ms'" : "0 'ms'", CultureInfo.InvariantCulture);

    private static string StateInWords(string state) => state switch
    {
        nameof(VesselState.BackingOff) => "waiting before the next attempt",
        nameof(VesselState.Stopped) => "stopped until somebody mends it, and tried only now and then",
        VesselStatus.Unattended => "not attended to",
        _ => state.ToLowerInvariant(),
    };
}
