using System.CommandLine;
using System.Text.RegularExpressions;
using ContentMonster.Daemon.Commands;
using ContentMonster.Daemon.Hosting;
using ContentMonster.Tests.Layout;

namespace ContentMonster.Tests.Commands;

public sealed partial class ReadmeTests
{
    private static readonly string Readme = File.ReadAllText(Path.Combine(SourceFile.Root, "README.md"));
    private static readonly RootCommand Root = CommandLine.Build(new(Rooms.Real, new Screen(TextWriter.Null, TextWriter.Null, isTerminal: false), TimeProvider.System, _ => null));

    [Fact]
    public void Its_table_of_commands_is_that_of_help()
    {
        string[] written = [.. TableRow().Matches(Readme).Select(row => row.Groups["command"].Value)];
        written.ShouldBe(Root.Subcommands.Select(command => command.Name));
    }

    [Fact]
    public void Arguments_and_options_it_names_exist()
    {
        foreach (Match row in TableRow().Matches(Readme))
        {
            Command command = Root.Subcommands.Single(one => one.Name == row.Groups["command"].Value);
            row.Groups["argument"].Value.ShouldBe(command.Arguments.SingleOrDefault()?.Name ?? "");
            IEnumerable<string> options = Option().Matches(row.Groups["text"].Value).Select(option => option.Value);
            options.ShouldBe(command.Options.Select(option => option.Name).Where(name => name.StartsWith("--", StringComparison.Ordinal) && name != "--help"), ignoreOrder: true);
        }

        Root.Options.ShouldContain(option => option.Name == "--config");
    }

#pragma warning disable MA0009 // These patterns read our own README.
    [GeneratedRegex(@"^\| `contentmonster (?<command>\w+)(?: (?<argument>[A-Z]+))?` \| (?<text>.*) \|$", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex TableRow();

    [GeneratedRegex("--[a-z]+")]
    private static partial Regex Option();
}
