using System.Text;
using ContentMonster.Configuration;

namespace ContentMonster.Tests.Configuration;

/// <summary>docs/configuration.md and packaging/settings.example.ini say what the reader does.</summary>
public sealed class DocumentTests
{
    private sealed record Row(string Section, string Key, string Default, string Example);

    [Fact]
    public void The_document_names_every_key_with_its_default_and_no_other()
    {
        var documented = Rows().Select(row => (row.Section, row.Key, row.Default)).ToList();
        var known = SectionReader.AllKeys.SelectMany(section => section.Keys.Select(key => (section.Section, key.Name, key.Default))).ToList();

        documented.Except(known).ShouldBeEmpty("documented, but not so in the reader");
        known.Except(documented).ShouldBeEmpty("in the reader, but not so documented");
        documented.Count.ShouldBe(known.Count);
    }

    [Fact]
    public void Every_example_of_the_document_is_accepted()
    {
        foreach (Row row in Rows())
        {
            string section = row.Section == "MONSTER" ? "[MONSTER]\n" : $"[{row.Section} example]\n";
            string required = row switch { { Section: "Directory", Key: not "Location" } => "Location = /srv/example\n", { Section: "Vessel", Key: not "Address" } => "Address = h\n", _ => "" };
            Ini.Parse(Ini.Whole + section + required + row.Example).Errors.Where(error => !error.Message.StartsWith("Could not read the password file", StringComparison.Ordinal))
                .ShouldBeEmpty(row.Example);
            row.Example.ShouldStartWith(row.Key + " = ");
        }
    }

    [Fact]
    public void A_default_that_is_written_out_changes_nothing()
    {
        foreach (Row row in Rows().Where(row => IsLiteral(row.Default)))
        {
            string line = $"{row.Key} = {row.Default}\n";
            Settings plain = Ini.Good("[MONSTER]\n" + Ini.Whole);
            string text = row.Section switch
            {
                "MONSTER" => "[MONSTER]\n" + line + Ini.Whole,
                "Directory" => Ini.Whole.Replace("[Vessel", line + "[Vessel") + "[MONSTER]\n",
                _ => Ini.Whole + line,
            };
            Show(Ini.Good(text)).ShouldBe(Show(plain), row.Key);
        }
    }

    [Fact]
    public void The_example_file_is_good_and_what_it_comments_out_is_too()
    {
        string example = File.ReadAllText(Path.Combine(Root(), "packaging", "settings.example.ini"));
        SettingsResult result = Ini.Parse(example);
        result.Errors.ShouldBeEmpty();
        result.Warnings.ShouldBeEmpty();

        string everything = string.Join('\n', example.Split('\n').Select(line => line.StartsWith('#') && !line.StartsWith("# ", StringComparison.Ordinal) ? line[1..] : line));
        Ini.Parse(everything).Errors.Select(error => error.Key).ShouldBe(["PasswordFile"]);
    }

    [Fact]
    public void The_smallest_file_of_the_document_is_good()
    {
        string document = File.ReadAllText(Path.Combine(Root(), "docs", "configuration.md"));
        string block = document.Split("```ini\n")[1].Split("```")[0];
        Ini.Good(block).Vessels.Single().Name.ShouldBe("aurora");
    }

    private static bool IsLiteral(string text) => text is "yes" or "no" or "auto" or "keep" or "move" or "inplace" or "accept-new" or "processed" || char.IsAsciiDigit(text[0]);

    private static string Show(Settings settings)
    {
        // Unset and yes are told apart for the import of the Python program's database only.
        string Directory(DirectorySettings one) => (one with { Recursive = one.Recursive ?? true, Include = [], Exclude = [] }).ToString();
        string Vessel(VesselSettings one) => (one with { IgnoreDirs = [], SshOptions = [] }).ToString();
        var text = new StringBuilder((settings with { Directories = [], Vessels = [] }).ToString());
        return text.AppendJoin('\n', settings.Directories.Select(Directory)).AppendJoin('\n', settings.Vessels.Select(Vessel)).ToString();
    }

    private static List<Row> Rows()
    {
        var rows = new List<Row>();
        string section = "";
        foreach (string line in File.ReadAllLines(Path.Combine(Root(), "docs", "configuration.md")))
        {
            section = line.StartsWith("## [", StringComparison.Ordinal) ? line[4..].Split(']', ' ')[0] : line.StartsWith('#') ? "" : section;
            string[] cells = [.. line.Split('|').Select(cell => cell.Trim())];
            if (section.Length > 0 && cells.Length == 7 && cells[1].StartsWith('`'))
            {
                rows.Add(new(section, cells[1].Trim('`'), cells[2], cells[5].Trim('`')));
            }
        }

        return rows;
    }

    private static string Root()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "ContentMonster.slnx")))
        {
            folder = Path.GetDirectoryName(folder).ShouldNotBeNull();
        }

        return folder;
    }
}
