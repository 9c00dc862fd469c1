using System.CommandLine;
using ContentMonster.Configuration;
using ContentMonster.Daemon.Hosting;
using ContentMonster.Ledger;
using ContentMonster.Model;
using ContentMonster.Watching;

namespace ContentMonster.Daemon.Commands;

/// <summary>`explain`: why a file is, or is not, on the vessels.</summary>
internal sealed class ExplainCommand(CommandContext context, GlobalOptions options)
{
    private const int HistoryLooked = 100_000;
    private const int EventsShown = 20;

    public Command Define()
    {
        var file = new Argument<string>("FILE") { Description = "A file below a watched directory." };
        file.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value.Length: 0 }])
            {
                result.AddError("FILE is empty: name a file below a watched directory.");
            }
        });
        var command = new Command("explain", "Tell how one file stands: where it is missing and why, or what happened to it.") { file };
        command.SetAction((parsed, stop) => RunAsync(parsed.GetValue(options.Config), parsed.GetRequiredValue(file), stop));
        return command;
    }

    private async Task<int> RunAsync(string? config, string file, CancellationToken stop)
    {
        if (context.Load(config) is not { Settings: { } settings })
        {
            return ExitCode.Misused;
        }

        string path = Path.GetFullPath(file);
        DirectorySettings? directory = settings.Directories.FirstOrDefault(one => path.StartsWith(one.Location.TrimEnd('/') + "/", StringComparison.Ordinal));
        if (directory is null)
        {
            context.Screen.Line($"{path} is below no Location of the settings: it is never sent.");
            return ExitCode.Done;
        }

        if (!settings.TakersOf(directory).Any())
        {
            context.Screen.Line($"Directory {directory.Name} goes to no vessel: all list it in IgnoreDirs. Its files stay where they are.");
        }

        string typed = path[(directory.Location.TrimEnd('/').Length + 1)..];
        string shown = BytePath.FromText(typed).ToString();

        // Also as `status` and `history` show it: a name that is not UTF-8 can hardly be typed otherwise.
        bool told = await TellFileAsync(settings, directory.Name, shown, stop) || (typed != shown && await TellFileAsync(settings, directory.Name, typed, stop));
        if (!told)
        {
            context.Screen.Line(WhyUnknown(directory, path, shown));
        }

        return ExitCode.Done;
    }

    private async Task<bool> TellFileAsync(Settings settings, string directory, string file, CancellationToken stop) =>
        await TellStateAsync(settings, directory, file, stop) | await TellHistoryAsync(context.PlaceOf(settings), directory, file, stop);

    private async Task<bool> TellStateAsync(Settings settings, string directory, string file, CancellationToken stop)
    {
        StatusReport? report = await StatusSource.ReadAsync(context, settings, ControlServer.MostFilesListed, stop);
        MissingStatus? missing = report?.Missing.FirstOrDefault(one => one.Directory == directory && one.File == file);
        RefusedStatus? refused = report?.Refused.FirstOrDefault(one => one.Directory == directory && one.File == file);
        ActiveFile(report, directory, file);
        if (missing is not null)
        {
            context.Screen.Line($"{directory}/{file} ({Amount.OfBytes(missing.SizeInBytes)}) is not yet everywhere:");
            foreach (MissingAt at in missing.At)
            {
                context.Screen.Line($"  {StatusText.At(at, missing.SizeInBytes, report!.At)}");
            }

            foreach (VesselStatus vessel in report!.Vessels.Where(vessel => vessel.LastError is not null && missing.At.Any(at => at.Vessel == vessel.Name)))
            {
                context.Screen.Line($"  vessel {vessel.Name} itself: {vessel.LastError} {vessel.Advice}");
            }
        }

        if (refused is not null)
        {
            context.Screen.Line($"{directory}/{file} is not sent (since {Amount.OfMoment(refused.Since, context.Time)}): {refused.Reason}");
        }

        bool written = report?.Directories.Any(one => one.Name == directory && one.BeingWritten.Contains(file, StringComparer.Ordinal)) ?? false;
        if (written)
        {
            context.Screen.Line($"{directory}/{file} is still being written: it is sent when its program has closed it and it stood still for SettleTime.");
        }

        return missing is not null || refused is not null || written;
    }

    private void ActiveFile(StatusReport? report, string directory, string file)
    {
        foreach (VesselStatus vessel in report?.Vessels ?? [])
        {
            foreach (Diagnostics.ActiveFile active in vessel.Active.Where(active => active.Directory == directory && active.File == file))
            {
                context.Screen.Line($"Right now: {active.Stage} on {vessel.Name}, {Amount.OfBytes(active.AcknowledgedBytes)} of {Amount.OfBytes(active.SizeInBytes)}.");
            }
        }
    }

    private async Task<bool> TellHistoryAsync(StatePlace place, string directory, string file, CancellationToken stop)
    {
        ILedgerView? ledger = File.Exists(place.LedgerPath) ? await context.Rooms.OpenLedger(place.LedgerPath, stop) : null;
        if (ledger is null)
        {
            return false;
        }

        await using (ledger)
        {
            List<HistoryEntry> events = [.. (await ledger.HistoryAsync(HistoryLooked, stop))
                .Where(entry => entry.Directory == directory && entry.Path.ToString() == file)
                .Take(EventsShown)];
            events.Reverse();
            foreach (HistoryEntry entry in events)
            {
                string vessel = entry.Vessel is null ? "" : $" on {entry.Vessel}";
                context.Screen.Line($"{Amount.OfMoment(entry.At, context.Time)}  {entry.Event}{vessel}{(entry.Text is null ? "" : $": {entry.Text}")}");
            }

            return events.Count > 0;
        }
    }

    private static string WhyUnknown(DirectorySettings directory, string path, string shown)
    {
        if (shown.StartsWith(directory.ProcessedDir + "/", StringComparison.Ordinal))
        {
            return $"{path} lies in the archive: what is there was delivered, or put there by somebody else, and is not sent.";
        }

        if (shown.StartsWith(Territory.OldArchive + "/", StringComparison.Ordinal))
        {
            return $"{path} lies in the archive of the Python program of the same name, which is never sent. Move it to be sent.";
        }

        if (PartName.IsSibling(BytePath.FromText(Path.GetFileName(path)).Bytes))
        {
            return $"{path} has the name of an unfinished file of ContentMonster: such are never sent, for another shore may deliver into this directory.";
        }

        return File.Exists(path)
            ? $"{path} is there, but not among what the ledger shows: it may still be settling, be left out by Include, Exclude or Recursive, wait behind {ControlServer.MostFilesListed:N0} others, or no daemon has seen it."
            : $"{path} is not there, and the ledger has nothing on it.";
    }
}
