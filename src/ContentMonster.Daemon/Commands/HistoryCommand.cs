using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using ContentMonster.Daemon.Hosting;
using ContentMonster.Ledger;

namespace ContentMonster.Daemon.Commands;

/// <summary>`history`: what happened, newest last.</summary>
internal sealed class HistoryCommand(CommandContext context, GlobalOptions options)
{
    private const int MostEntries = 100_000;

    public Command Define()
    {
        var json = new Option<bool>("--json") { Description = "As JSON." };
        var count = new Option<int>("--count", "-n") { Description = "Entries at most.", HelpName = "N", DefaultValueFactory = _ => 50 };
        count.Validators.Add(result =>
        {
            // The value itself cannot be asked for here when it is no number.
            if (result.Tokens is [var token] && !(int.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out int entries) && entries is >= 1 and <= MostEntries))
            {
                result.AddError($"--count takes a number from 1 to {MostEntries}.");
            }
        });
        var command = new Command("history", "Show what was delivered, archived, superseded or withdrawn, and when.") { json, count };
        command.SetAction((parsed, stop) => RunAsync(parsed.GetValue(options.Config), parsed.GetValue(json), parsed.GetValue(count), stop));
        return command;
    }

    private async Task<int> RunAsync(string? config, bool json, int count, CancellationToken stop)
    {
        if (context.Load(config) is not { Settings: { } settings })
        {
            return ExitCode.Misused;
        }

        StatePlace place = context.PlaceOf(settings);
        ILedgerView? ledger = File.Exists(place.LedgerPath) ? await context.Rooms.OpenLedger(place.LedgerPath, stop) : null;
        if (ledger is null)
        {
            context.Screen.Error(StatusSource.NothingThere(place));
            return ExitCode.Failed;
        }

        await using (ledger)
        {
            Show(await ledger.HistoryAsync(count, stop), json);
        }

        return ExitCode.Done;
    }

    private void Show(IReadOnlyList<HistoryEntry> newestFirst, bool json)
    {
        IReadOnlyList<HistoryLine> lines = [.. newestFirst.Reverse().Select(entry =>
            new HistoryLine(entry.At, entry.Event, entry.Directory, entry.Path.ToString(), entry.Vessel, entry.SizeInBytes, entry.Text))];
        if (json)
        {
            context.Screen.Output.WriteLine(JsonSerializer.Serialize(lines, ReadableJson.Context.IReadOnlyListHistoryLine));
            return;
        }

        foreach (HistoryLine line in lines)
        {
            string vessel = line.Vessel is null ? "" : $" on {line.Vessel}";
            string text = line.Text is null ? "" : $": {line.Text}";
            context.Screen.Line($"{Amount.OfMoment(line.At, context.Time)}  {line.Event,-10} {line.Directory}/{line.File}{vessel} ({Amount.OfBytes(line.SizeInBytes)}){text}");
        }
    }
}
