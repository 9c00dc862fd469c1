using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace ContentMonster.Tests.Layout;

#pragma warning disable MA0009 // These patterns read our own sources, not what an attacker wrote.

/// <summary>One C# source with its room, as text.</summary>
internal sealed partial record SourceFile(string Path, string Text)
{
    private static readonly string[] Projects = ["ContentMonster.Sftp", "ContentMonster.Daemon", "ContentMonster"];

    /// <summary>The text without comments and string contents, so that only code names rooms.</summary>
    public string Code { get; } = NotCode().Replace(Text, match => match.Value[0] == '/' ? " " : "\"\"");

    /// <summary>"Ledger", "Sftp.Wire", "Daemon.Hosting"; "Daemon" for a file in the project's own folder.</summary>
    public string Room { get; } = RoomOf(Path);

    public int LineCount => Text.AsSpan().Count('\n');

    public static string Root { get; } = RootFrom();

    public static IReadOnlyList<SourceFile> Below(string folder) => [.. Directory
        .EnumerateFiles(System.IO.Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories)
        .Select(path => System.IO.Path.GetRelativePath(Root, path))
        .Where(path => !path.Split('/').Any(part => part is "bin" or "obj"))
        .Select(path => new SourceFile(path, File.ReadAllText(System.IO.Path.Combine(Root, path))))];

    /// <summary>The rooms that the code names, by using directives, full names, or names relative to the common namespace.</summary>
    /// <param name="declares">Whether a room has a type of this name: "Vessels.Where" is a property's, not a room's.</param>
    public IEnumerable<string> RoomsNamed(Func<string, string, bool> declares)
    {
        foreach (Match name in FullName().Matches(Code))
        {
            string first = name.Groups[1].Value;
            yield return first is "Sftp" or "Daemon" && name.Groups[2].Success ? $"{first}.{name.Groups[2].Value}" : first;
        }

        string family = Room.StartsWith("Sftp.", StringComparison.Ordinal) ? "Sftp." : "";
        foreach (Match name in RelativeName().Matches(Code))
        {
            string room = family + name.Groups[1].Value;
            if (declares(room, name.Groups[2].Value))
            {
                yield return room;
            }
        }
    }

    /// <summary>Names of the types that the file declares.</summary>
    public IEnumerable<string> Types() => TypeName().Matches(Code).Select(match => match.Groups[1].Value);

    private static string RoomOf(string path)
    {
        string[] parts = path.Split('/');
        string project = Array.Find(Projects, name => parts.Length > 1 && parts[1] == name) ?? "";
        string prefix = project.Length > "ContentMonster".Length ? project["ContentMonster.".Length..] : "";
        string folder = parts.Length > 3 ? parts[2] : "";
        return prefix.Length > 0 && folder.Length > 0 ? $"{prefix}.{folder}" : prefix + folder;
    }

    private static string RootFrom([CallerFilePath] string thisFile = "") =>
        System.IO.Path.GetFullPath(System.IO.Path.Combine(System.IO.Path.GetDirectoryName(thisFile)!, "..", "..", ".."));

    [GeneratedRegex("""//[^\n]*|/\*[\s\S]*?\*/|"{3,}[\s\S]*?"{3,}|@"(?:[^"]|"")*"|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\])'""", RegexOptions.ExplicitCapture)]
    private static partial Regex NotCode();

    [GeneratedRegex(@"\b(?:class|record|struct|interface|enum|delegate\s+[\w<>?\[\]., ]+?)\s+(?:struct\s+|class\s+)?(\w+)\s*[<(:{;\n]")]
    private static partial Regex TypeName();

    [GeneratedRegex(@"\bContentMonster\.(\w+)(?:\.(\w+))?")]
    private static partial Regex FullName();

    // "Ledger.Something" inside a namespace of ours is ContentMonster.Ledger.Something; behind a dot or in a using of System it is not.
    [GeneratedRegex(@"(?<![\w.])(\w+)\.([A-Z]\w*)")]
    private static partial Regex RelativeName();
}
