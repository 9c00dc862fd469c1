using System.CommandLine;
using ContentMonster.Daemon.Hosting;

namespace ContentMonster.Daemon.Commands;

/// <summary>`import`: what the Python program had delivered is not sent again.</summary>
internal sealed class ImportCommand(CommandContext context, GlobalOptions options)
{
    public Command Define()
    {
        var file = new Argument<string>("FILE") { Description = "The Python program's database.sqlite3." };
        var command = new Command("import", "Note that a database of the Python program was imported: subdirectories are left alone, and what a vessel has with the same content is not sent again. Stop the daemon first.") { file };
        command.SetAction((parsed, stop) => RunAsync(parsed.GetValue(options.Config), parsed.GetRequiredValue(file), stop));
        return command;
    }

    private async Task<int> RunAsync(string? config, string file, CancellationToken stop)
    {
        if (!File.Exists(file))
        {
            context.Screen.Error($"Could not import {file}, because {(Directory.Exists(file) ? "it is a directory: name the file in it" : "there is no such file")}.");
            return ExitCode.Misused;
        }

        if (!ContentMonster.Ledger.PythonDatabase.LooksLikeOne(file))
        {
            context.Screen.Error($"Could not import {file}, because it is not a database of the Python program (no table contentmonster_file).");
            return ExitCode.Failed;
        }

        if (context.Load(config) is not { Settings: { } settings })
        {
            return ExitCode.Misused;
        }

        StatePlace place = context.PlaceOf(settings);
        place.MakeFolder();
        context.Screen.Line(await context.Rooms.Import(settings, place, Path.GetFullPath(file), stop));
        return ExitCode.Done;
    }
}
