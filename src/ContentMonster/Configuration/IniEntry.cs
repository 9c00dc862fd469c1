namespace ContentMonster.Configuration;

/// <summary>One key with the lines of its value.</summary>
internal sealed record IniEntry(string Key, List<IniLine> Lines)
{
    public int Line => Lines[0].Number;
}
