namespace ContentMonster.Configuration;

/// <summary>One line of a value as it stands in the file: comments, quotes and blanks still there.</summary>
internal readonly record struct IniLine(int Number, string Text);
