using System.Text;
using ContentMonster.Daemon.Hosting;
using Spectre.Console;

namespace ContentMonster.Daemon.Commands;

/// <summary>Where a command's words go: results to standard output (colour and movement only on a terminal), errors to standard error.</summary>
internal sealed class Screen
{
    // Plain output is for pipes: a line is a line, however long.
    private const int NeverWrap = 100_000;

    private readonly TextWriter _error;
    private readonly Lazy<IAnsiConsole> _console; // most commands need none, and it takes 20 ms to make

    public Screen(TextWriter output, TextWriter error, bool isTerminal)
    {
        Output = output;
        _error = error;
        IsTerminal = isTerminal;
        _console = new Lazy<IAnsiConsole>(() => MakeConsole(output, isTerminal));
    }

    public TextWriter Output { get; }

    public bool IsTerminal { get; }

    public IAnsiConsole Console => _console.Value;

    public static Screen OfProcess()
    {
        var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        bool isTerminal = !System.Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");
        return new(
            new StreamWriter(StandardStream.Output(), utf8) { AutoFlush = true },
            new StreamWriter(StandardStream.Error(), utf8) { AutoFlush = true },
            isTerminal);
    }

    /// <summary>One line; <paramref name="style"/> is a Spectre style and shows on a terminal only.</summary>
    public void Line(string text = "", string? style = null)
    {
        string safe = OneLine.Of(text);
        if (!IsTerminal)
        {
            Output.WriteLine(safe);
        }
        else
        {
            Console.MarkupLine(style is null ? Markup.Escape(safe) : $"[{style}]{Markup.Escape(safe)}[/]");
        }
    }

    public void Error(string text)
    {
        try
        {
            _error.WriteLine(OneLine.Of(text));
        }
        catch (IOException)
        {
            // There is nobody else to tell; the exit code says it.
        }
    }

    private static IAnsiConsole MakeConsole(TextWriter output, bool isTerminal)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = isTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = isTerminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = isTerminal ? InteractionSupport.Detect : InteractionSupport.No,
            Out = new AnsiConsoleOutput(output),
        });
        if (!isTerminal)
        {
            console.Profile.Width = NeverWrap;
        }

        return console;
    }
}
