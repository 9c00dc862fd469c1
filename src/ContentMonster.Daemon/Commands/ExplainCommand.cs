using System.CommandLine;
using ContentMonster.Configuration;
using ContentMonster.Daemon.Hosting;
using ContentMonster.Ledger;
using ContentMonster.Model;

namespace ContentMonster.Daemon.Commands;

/// <summary>`explain`: why a file is, or is not, on the vessels.</summary>
internal sealed class ExplainCommand(CommandContext context, GlobalOptions options)
{
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
        path = path.Length > 1 ? path.TrimEnd('/') : path;
        if (FilePlace.Of(settings, path) is not { } place)
        {
            context.Screen.Line($"{path} is below no Location of the settings: it is never sent.");
            return ExitCode.Done;
        }

        if (place.Path != path)
        {
            context.Screen.Line($"{path} leads through a link to {place.Path}.");
        }

        await TellAsync(settings, place, stop);
        return ExitCode.Done;
    }

    private async Task TellAsync(Settings settings, FilePlace place, CancellationToken stop)
    {
        DirectorySettings directory = place.Directory;
        if (place.Below.Length == 0)
        {
            context.Screen.Line($"{place.Path} is the Location of directory {directory.Name}: name a file below it.");
            return;
        }

        string[] without = [.. settings.Vessels.Except(settings.TakersOf(directory)).Select(vessel => vessel.Name)];
        if (without.Length == settings.Vessels.Count)
        {
            context.Screen.Line($"Directory {directory.Name} goes to no vessel: all list it in IgnoreDirs. Its files stay where they are.");
        }
        else if (without.Length > 0)
        {
            context.Screen.Line($"Directory {directory.Name} does not go to {string.Join(", ", without)}, by IgnoreDirs.");
        }

        string shown = BytePath.FromText(place.Below).ToString();

        // Also as `status` and `history` show it: a name that is not UTF-8 can hardly be typed otherwise.
        if (!await TellFileAsync(settings, place, shown, stop) && (place.Below == shown || !await TellFileAsync(settings, place, place.Below, stop)))
        {
            context.Screen.Line(await WhyUnknownAsync(settings, place, stop));
        }
    }

    private async Task<bool> TellFileAsync(Settings settings, FilePlace place, string file, CancellationToken stop)
    {
        bool told = await TellStateAsync(settings, place.Directory.Name, file, stop);
        bool known = await TellRecordAsync(context.PlaceOf(settings), place.Directory.Name, file, told, stop);
        if (known && !told && File.Exists(place.Path) && await WhyNotSentAsync(settings, place, stop) is { } why)
        {
            context.Screen.Line($"{place.Path} is not sent by the settings as they are now: {why}.");
        }

        return known || told;
    }

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

    private async Task<bool> TellRecordAsync(StatePlace place, string directory, string file, bool told, CancellationToken stop)
    {
        ILedgerView? ledger = File.Exists(place.LedgerPath) ? await context.Rooms.OpenLedger(place.LedgerPath, stop) : null;
        if (ledger is null)
        {
            return false;
        }

        await using (ledger)
        {
            FileReport report = await ledger.FileAsync(directory, file, EventsShown, stop);
            if (report.Waits && !told)
            {
                context.Screen.Line($"{directory}/{file} waits to be sent, behind more than {ControlServer.MostFilesListed:N0} others.");
            }

            foreach (HistoryEntry entry in report.Events.Reverse())
            {
                string vessel = entry.Vessel is null ? "" : $" on {entry.Vessel}";
                context.Screen.Line($"{Amount.OfMoment(entry.At, context.Time)}  {entry.Event}{vessel}{(entry.Text is null ? "" : $": {entry.Text}")}");
            }

            return report.Waits || report.Events.Count > 0;
        }
    }

    private async Task<string> WhyUnknownAsync(Settings settings, FilePlace place, CancellationToken stop)
    {
        if (await WhyNotSentAsync(settings, place, stop) is { } why)
        {
            return $"{place.Path} is not sent: {why}.";
        }

        if (!File.Exists(place.Path))
        {
            return $"{place.Path} is not there, and the ledger has nothing on it, which goes back 90 days.";
        }

        StatusReport? report = await StatusSource.ReadAsync(context, settings, 0, stop);
        string? problem = report?.Directories.FirstOrDefault(one => one.Name == place.Directory.Name)?.Problem;
        return report is not { DaemonRuns: true }
            ? $"{place.Path} is there, and by the settings it is sent; but the ledger has nothing on it, and no daemon runs: `contentmonster run` sends it."
            : $"{place.Path} is there, and by the settings it is sent; but the ledger has nothing on it: it is still settling, a program has it open for writing, the daemon cannot read it, or the next scan has yet to find it.{(problem is null ? "" : $" {problem}")}";
    }

    private async Task<string?> WhyNotSentAsync(Settings settings, FilePlace place, CancellationToken stop)
    {
        StatePlace state = context.PlaceOf(settings);
        var own = new OwnFiles(place.Directory, settings, state.LedgerPath, state.KnownHostsPath);
        return new NotSent(place.Directory, own, await WasImportedAsync(settings, stop)).Why(BytePath.FromText(place.Below));
    }

    private async Task<bool> WasImportedAsync(Settings settings, CancellationToken stop)
    {
        string path = context.PlaceOf(settings).LedgerPath;
        ILedgerView? ledger = File.Exists(path) ? await context.Rooms.OpenLedger(path, stop) : null;
        if (ledger is null)
        {
            return false;
        }

        await using (ledger)
        {
            return await ledger.WasImportedAsync(stop);
        }
    }
}
