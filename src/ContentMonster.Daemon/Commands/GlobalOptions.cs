using System.CommandLine;

namespace ContentMonster.Daemon.Commands;

/// <summary>Options that every command takes.</summary>
internal sealed class GlobalOptions
{
    public Option<string?> Config { get; } = new("--config", "-c")
    {
        Description = "The settings file. Without it: ./settings.ini, else /etc/contentmonster/settings.ini.",
        HelpName = "FILE",
        Recursive = true,
    };

    public Option<bool> Verbose { get; } = new("--verbose", "-v") { Description = "run: log scans that find nothing new, too. demo: show the log. It changes nothing of the other commands.", Recursive = true };
}
