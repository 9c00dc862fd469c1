using System.CommandLine;
using ContentMonster.Configuration;
using ContentMonster.Daemon.Hosting;
using Microsoft.Extensions.Logging;

namespace ContentMonster.Daemon.Commands;

/// <summary>`check`: a plain verdict on the settings and on every vessel.</summary>
internal sealed class CheckCommand(CommandContext context, GlobalOptions options)
{
    private const int WidthOfWhat = 16;

    private readonly int[] _count = new int[3]; // by verdict
    private string? _vessel; // whose lines are being printed

    public Command Define()
    {
        var command = new Command("check", "Try the settings and every vessel: reach, host key, login, SFTP, shell, hashes, space, speed. Exit code 1 if anything fails.");
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken stop)
    {
        if (context.Load(parsed.GetValue(options.Config), SecretReading.WherePossible) is not { Settings: { } settings } read)
        {
            return ExitCode.Misused;
        }

        ShowSettings(settings, read.Warnings);
        LogLevel level = parsed.GetValue(options.Verbose) ? LogLevel.Debug : LogLevel.Critical;
        using ILoggerFactory loggers = Logs.ToStandardError(level, forJournal: false, context.Time);
        await foreach (CheckLine line in context.Rooms.Check(settings, context.PlaceOf(settings), loggers, stop))
        {
            Show(line);
        }

        context.Screen.Line();
        string verdict = $"{Of(CheckVerdict.Ok)} ok, {Of(CheckVerdict.Warning)} to look at, {Of(CheckVerdict.Failed)} failed";
        context.Screen.Line(verdict, Of(CheckVerdict.Failed) > 0 ? "red bold" : "bold");
        return Of(CheckVerdict.Failed) == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    private void ShowSettings(Settings settings, IReadOnlyList<string> warnings)
    {
        Show(new("", "settings", CheckVerdict.Ok, $"{settings.Path}: {Count(settings.Directories.Count, "directory", "directories")}, {Count(settings.Vessels.Count, "vessel", "vessels")}"));
        foreach (string warning in warnings)
        {
            Show(new("", "settings", CheckVerdict.Warning, warning));
        }
    }

    private static string Count(int number, string one, string more) => $"{number} {(number == 1 ? one : more)}";

    private void Show(CheckLine line)
    {
        _count[(int)line.Verdict]++;
        if (_vessel != line.Vessel)
        {
            context.Screen.Line(line.Vessel.Length == 0 ? "Shore" : $"Vessel {line.Vessel}", "bold");
            _vessel = line.Vessel;
        }

        (string mark, string word, string? style) = line.Verdict switch
        {
            CheckVerdict.Ok => ("✓", "ok  ", (string?)null),
            CheckVerdict.Warning => ("!", "warn", "yellow"),
            _ => ("✗", "FAIL", "red"),
        };
        context.Screen.Line($"  {(context.Screen.IsTerminal ? mark : word)} {line.What.PadRight(WidthOfWhat)} {line.Text}", style);
    }

    private int Of(CheckVerdict verdict) => _count[(int)verdict];
}
