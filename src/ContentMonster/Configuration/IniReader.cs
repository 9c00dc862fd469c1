namespace ContentMonster.Configuration;

/// <summary>
/// Splits a text into sections, keys and lines of values the way Python's configparser does, and leaves the values themselves alone: what a
/// quote or a comment is depends on the key (<see cref="IniValue"/>).
/// </summary>
internal sealed class IniReader(ProblemList problems)
{
    private readonly List<IniSection> _sections = [];
    private IniSection? _section;
    private IniEntry? _entry;
    private int _indent;
    private bool _toldOfOrphans;

    public IReadOnlyList<IniSection> Read(string text)
    {
        int number = 0;
        foreach (string line in text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n').Split('\n'))
        {
            number++;
            if (problems.Full)
            {
                break;
            }

            Take(line, number);
        }

        return _sections;
    }

    private void Take(string line, int number)
    {
        ReadOnlySpan<char> content = line.AsSpan().Trim();
        if (content.IsEmpty || content[0] is '#' or ';')
        {
            return;
        }

        if (FindControl(content) is { } control)
        {
            problems.Error(number, _section?.Header, null, $"The line holds the control character U+{(int)control:X4}. Remove it, or write the line again.");
            _section?.Spoilt.Add(line.Split('=', ':')[0].Trim());
            _entry = null;
            return;
        }

        int indent = line.Length - line.AsSpan().TrimStart().Length;
        // As in configparser: deeper than the key's own line means that the value goes on.
        if (_entry is not null && indent > _indent)
        {
            _entry.Lines.Add(new(number, line));
            return;
        }

        _indent = indent;
        _entry = null;
        if (content[0] == '[')
        {
            OpenSection(content, number);
        }
        else
        {
            OpenEntry(line, number);
        }
    }

    private void OpenSection(ReadOnlySpan<char> content, int number)
    {
        int close = content.IndexOf(']');
        string header = (close < 0 ? content[1..] : content[1..close]).Trim().ToString();
        _section = new(header, number);
        _sections.Add(_section);
        if (close < 0)
        {
            problems.Error(number, header, null, "The section's closing bracket \"]\" is missing.");
            return;
        }

        ReadOnlySpan<char> rest = content[(close + 1)..].TrimStart();
        if (!rest.IsEmpty && rest[0] is not ('#' or ';'))
        {
            problems.Error(number, header, null, "After the section's closing bracket only a comment may follow. A name cannot hold \"]\".");
        }
    }

    private void OpenEntry(string line, int number)
    {
        int delimiter = line.AsSpan().IndexOfAny('=', ':');
        if (_section is null)
        {
            if (!_toldOfOrphans)
            {
                problems.Error(number, null, null, "This stands before any section. Begin with [MONSTER], [Directory NAME] or [Vessel NAME].");
            }

            _toldOfOrphans = true;
            return;
        }

        if (delimiter < 0)
        {
            problems.Error(number, _section.Header, null, "The line is neither a section nor \"Key = value\". To go on with the value above, indent the line; for a comment, begin it with \"#\".");
            return;
        }

        string key = line[..delimiter].Trim();
        if (key.Length == 0)
        {
            problems.Error(number, _section.Header, null, "A key is missing before the \"=\".");
            return;
        }

        _entry = new(key, [new(number, line[(delimiter + 1)..])]);
        _section.Entries.Add(_entry);
    }

    private static char? FindControl(ReadOnlySpan<char> content)
    {
        foreach (char one in content)
        {
            if (one != '\t' && (char.IsControl(one) || one is '\u2028' or '\u2029'))
            {
                return one;
            }
        }

        return null;
    }
}
