using System.CommandLine;
using System.Text.RegularExpressions;
using ContentMonster.Configuration;
using ContentMonster.Daemon.Commands;
using ContentMonster.Daemon.Hosting;
using ContentMonster.Diagnostics;
using ContentMonster.Model;
using ContentMonster.Planning;
using ContentMonster.Tests.Configuration;
using ContentMonster.Tests.Layout;

namespace ContentMonster.Tests.Commands;

/// <summary>What the pages say that a program can check: links, commands, options, settings, the table of failures.</summary>
public sealed partial class DocsTests
{
    private static readonly RootCommand Root = CommandLine.Build(new(Rooms.Real, new Screen(TextWriter.Null, TextWriter.Null, isTerminal: false), TimeProvider.System, _ => null));

    public static TheoryData<string> Pages => [.. new[] { "README.md", "CHANGELOG.md", "CONTRIBUTING.md" }
        .Concat(Directory.EnumerateFiles(Path.Combine(SourceFile.Root, "docs"), "*.md").Select(page => Path.GetRelativePath(SourceFile.Root, page)))];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Links_lead_to_files_and_headings_that_are_there(string page)
    {
        string folder = Path.GetDirectoryName(Path.Combine(SourceFile.Root, page))!;
        foreach (Match link in Link().Matches(Read(page)))
        {
            string file = link.Groups["file"].Value;
            string target = file.Length == 0 ? Path.Combine(SourceFile.Root, page) : Path.Combine(folder, file);
            (File.Exists(target) || Directory.Exists(target)).ShouldBeTrue($"{page} links to {file}");
            if (link.Groups["heading"].Success)
            {
                Headings(File.ReadAllText(target)).Contains(link.Groups["heading"].Value, StringComparer.Ordinal).ShouldBeTrue($"{page} links to a heading {link.Groups["heading"].Value}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Commands_and_their_options_exist(string page)
    {
        foreach (Match shown in Shown().Matches(Read(page)))
        {
            Command command = Root.Subcommands.SingleOrDefault(one => one.Name == shown.Groups["command"].Value)
                ?? throw new Xunit.Sdk.XunitException($"{page} shows `{shown.Value}`, which is no command.");
            string[] known = [.. command.Options.Concat(Root.Options).SelectMany(option => option.Aliases.Append(option.Name))];
            foreach (Match option in Option().Matches(shown.Groups["rest"].Value))
            {
                known.Contains(option.Value, StringComparer.Ordinal).ShouldBeTrue($"{page}: {shown.Value} has {option.Value}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Settings_shown_whole_are_accepted_without_a_warning(string page)
    {
        foreach (Match block in IniBlock().Matches(Read(page)).Where(block => block.Value.Contains("[Vessel ", StringComparison.Ordinal)))
        {
            string text = string.Join('\n', block.Groups["text"].Value.Split('\n').Select(line => line.Trim()));
            SettingsResult result = Ini.Parse(text);
            result.Errors.ShouldBeEmpty(page);
            result.Warnings.ShouldBeEmpty(page);
        }
    }

    [Fact]
    public void Operating_tells_for_each_failure_what_the_program_advises()
    {
        Dictionary<string, string> rows = FailureRow().Matches(Read("docs/operating.md")).ToDictionary(row => row.Groups["kind"].Value, row => row.Groups["advice"].Value, StringComparer.Ordinal);
        rows.Keys.ShouldBe(Enum.GetNames<FailureKind>(), ignoreOrder: true);
        foreach (FailureKind kind in Enum.GetValues<FailureKind>())
        {
            rows[kind.ToString()].ShouldBe(Advice.For(kind, "VESSEL"));
        }
    }

    [Fact]
    public void Operating_tells_the_waits_that_the_rule_makes()
    {
        string page = Read("docs/operating.md");
        const double middle = 0.5;
        TimeSpan Wait(FailureKind kind, int failures, TimeSpan since) => Backoff.Next(kind, failures, since, middle);
        string quick = string.Join(", ", new[] { 1, 2, 3, 4 }.Select(failures => Wait(FailureKind.Unreachable, failures, TimeSpan.Zero).TotalSeconds));
        page.ShouldContain($"{quick} s");
        page.ShouldContain($"up to {new Duration(Backoff.Longest)}");
        page.ShouldContain($"{new Duration(Wait(FailureKind.LoginRefused, 1, TimeSpan.Zero))}, doubling up to {new Duration(Backoff.LongestForPeople)}");
        page.ShouldContain($"{Backoff.StepBack(FailureKind.Refused, 1, middle).TotalSeconds} s, doubling");
        page.ShouldContain($"under a command that hangs {Backoff.StepBack(FailureKind.CommandHangs, 1, middle).TotalMinutes} min");
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Tests_that_a_page_names_are_there(string page)
    {
        HashSet<string> known = [.. typeof(DocsTests).Assembly.GetTypes().Select(type => type.Name)];
        TestClass().Matches(Read(page)).Select(match => match.Groups["name"].Value).Where(name => !known.Contains(name)).ShouldBeEmpty(page);
    }

    private static string Read(string page) => File.ReadAllText(Path.Combine(SourceFile.Root, page));

    private static IEnumerable<string> Headings(string text) => Heading().Matches(text)
        .Select(heading => NotInAnchor().Replace(heading.Groups["title"].Value.Trim().ToLowerInvariant(), "").Replace(' ', '-'));

#pragma warning disable MA0009 // These patterns read our own pages.
    [GeneratedRegex(@"\]\((?!https?:)(?<file>[^)#]*)(?:#(?<heading>[^)]+))?\)", RegexOptions.ExplicitCapture)]
    private static partial Regex Link();

    [GeneratedRegex("^#+ (?<title>.*)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Heading();

    [GeneratedRegex("[^a-z0-9 _-]")]
    private static partial Regex NotInAnchor();

    // In backquotes, or at the beginning of a line of a block (also behind sudo -u USER).
    [GeneratedRegex(@"(?:`|^ *(?:sudo -u \w+ )?)contentmonster (?<command>[a-z]+)(?<rest>[^`\n]*)", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Shown();

    [GeneratedRegex(@"(?<= )--?[a-z]+")]
    private static partial Regex Option();

    [GeneratedRegex(@"```ini\n(?<text>[\s\S]*?)```", RegexOptions.ExplicitCapture)]
    private static partial Regex IniBlock();

    [GeneratedRegex(@"`(?<name>[A-Z]\w+Tests)`", RegexOptions.ExplicitCapture)]
    private static partial Regex TestClass();

    [GeneratedRegex(@"^\| `(?<kind>\w+)` \| [^|]+ \| (?<advice>[^|]+) \|$", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex FailureRow();
}
