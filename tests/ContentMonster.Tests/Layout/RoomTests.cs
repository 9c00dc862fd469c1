using System.Text.RegularExpressions;

namespace ContentMonster.Tests.Layout;

#pragma warning disable MA0009 // These patterns read our own sources, not what an attacker wrote.

public sealed partial class RoomTests
{
    private const int MostLines = 400;

    private static readonly IReadOnlyList<SourceFile> Sources = SourceFile.Below("src");
    private static readonly IReadOnlyList<SourceFile> All = [.. Sources, .. SourceFile.Below("tests")];

    private static readonly ILookup<string, string> Types = Sources.SelectMany(file => file.Types(), (file, type) => (file.Room, type)).ToLookup(pair => pair.Room, pair => pair.type, StringComparer.Ordinal);

    [Fact]
    public void Rooms_name_only_rooms_that_an_arrow_leads_to() => Offenders(Sources, file => file.RoomsNamed(Declares)
        .Where(to => !Arrows.Allows(file.Room, to))
        .Select(to => $"{file.Room} -> {to}")).ShouldBeEmpty();

    [Fact]
    public void A_forbidden_arrow_is_seen_however_it_is_written()
    {
        string[] ways = ["using ContentMonster.Delivering;", "using static ContentMonster.Delivering.Rule;", "var x = ContentMonster.Delivering.Rule.One;", "var x = Delivering.Rule.One;"];
        foreach (string way in ways)
        {
            var file = new SourceFile("src/ContentMonster/Planning/A.cs", $"namespace ContentMonster.Planning;\n{way}\n");
            file.RoomsNamed((room, type) => (room, type) is ("Delivering", "Rule")).Contains("Delivering", StringComparer.Ordinal).ShouldBeTrue(way);
            Arrows.Allows(file.Room, "Delivering").ShouldBeFalse();
        }

        new SourceFile("src/ContentMonster/Planning/A.cs", "// ContentMonster.Delivering\nvar x = \"ContentMonster.Delivering\";").RoomsNamed(Declares).ShouldBeEmpty();
        new SourceFile("src/ContentMonster.Daemon/Hosting/A.cs", "using ContentMonster.Sftp.Client;").RoomsNamed(Declares).ShouldAllBe(to => !Arrows.Allows("Daemon.Hosting", to));
    }

    [Fact]
    public void Every_room_is_in_the_picture() => Sources
        .Select(file => file.Room)
        .Where(room => !room.StartsWith("Daemon", StringComparison.Ordinal))
        .Except(Arrows.Rooms, StringComparer.Ordinal)
        .ShouldBeEmpty();

    [Fact]
    public void Folder_and_namespace_are_the_same_word() => Offenders(All, file => Namespace().Matches(file.Code)
        .Select(match => match.Groups["name"].Value)
        .Where(name => !NamespaceFits(file.Path, name))).ShouldBeEmpty();

    [Fact]
    public void Only_the_ledger_names_a_database() => Offenders(
        Sources.Where(file => file.Room != "Ledger"),
        file => Matches(DatabaseDriver(), file.Code).Concat(Matches(Sql(), file.Text))).ShouldBeEmpty();

    [Fact]
    public void The_two_libraries_know_nothing_of_the_web() => Offenders(
        Sources.Where(file => !file.Room.StartsWith("Daemon", StringComparison.Ordinal)),
        file => Matches(Web(), file.Code)).ShouldBeEmpty();

    [Fact]
    public void No_file_is_longer_than_a_reader_is_patient() =>
        Offenders(All, file => file.LineCount > MostLines ? [$"{file.LineCount} lines"] : []).ShouldBeEmpty();

    [Fact]
    public void Nothing_is_named_after_what_says_nothing() => Offenders(All, file => Matches(EmptyTypeName(), file.Code)
        .Concat(file.Path.Split('/')[..^1].Where(folder => folder is "Utils" or "Common" or "Helpers" or "Managers" or "Misc"))).ShouldBeEmpty();

    [Fact]
    public void Nothing_unfinished_is_left_in_the_sources() => Offenders(Sources, file => Matches(Unfinished(), file.Text)).ShouldBeEmpty();

    [Fact]
    public void The_sources_were_found()
    {
        Sources.Count.ShouldBeGreaterThan(20);
        Sources.ShouldContain(file => file.Room == "Daemon" && file.Path.EndsWith("Program.cs", StringComparison.Ordinal));
        Sources.ShouldContain(file => file.Room == "Sftp.Client");
        Sources.ShouldContain(file => file.Room == "Model");
        Declares("Diagnostics", "ActiveFile").ShouldBeTrue();
        Declares("Ledger", "ILedger").ShouldBeTrue();
    }

    private static List<string> Offenders(IEnumerable<SourceFile> files, Func<SourceFile, IEnumerable<string>> faults) =>
        [.. files.SelectMany(file => faults(file).Distinct(StringComparer.Ordinal).Select(fault => $"{file.Path}: {fault}"))];

    private static bool Declares(string room, string type) => Types[room].Contains(type, StringComparer.Ordinal);

    private static IEnumerable<string> Matches(Regex pattern, string text) => pattern.Matches(text).Select(match => match.Value);

    private static bool NamespaceFits(string path, string name)
    {
        string[] parts = path.Split('/');
        return name == string.Join('.', parts[1..^1]);
    }

    [GeneratedRegex(@"^namespace\s+(?<name>[\w.]+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Namespace();

    [GeneratedRegex(@"\b(Microsoft\.Data\.Sqlite|SQLitePCL|Dapper|SqliteConnection)\b")]
    private static partial Regex DatabaseDriver();

    [GeneratedRegex("""(?i:select\s+[\w*,.() ]+\s+from\s+\w+_\w+|insert\s+into\s+\w+|update\s+\w+\s+set\s|create\s+table\s|pragma\s+\w+\s*[=(;])""")]
    private static partial Regex Sql();

    [GeneratedRegex(@"\bMicrosoft\.AspNetCore\b[\w.]*")]
    private static partial Regex Web();

    [GeneratedRegex(@"\b(?:class|record|struct|interface|enum)\s+(?:struct\s+|class\s+)?\w*(?:Manager|Helper|Helpers|Utils|Util|Utility)\b")]
    private static partial Regex EmptyTypeName();

    [GeneratedRegex(@"\b(TODO|FIXME|HACK|XXX)\b|NotImplementedException|#region|async void")]
    private static partial Regex Unfinished();
}
