using System.Globalization;
using System.Text;
using ContentMonster.Model;

namespace ContentMonster.Configuration;

/// <summary>One thing that is wrong (or doubtful) in the settings, and where.</summary>
/// <param name="File">The settings file as it was named.</param>
/// <param name="Line">From 1; 0 where it is about the file as a whole.</param>
/// <param name="Section">As in the file, without brackets; null outside of sections.</param>
/// <param name="Key">The key by its proper name, or as written where it has none.</param>
/// <param name="Message">What is wrong and what to do; never holds a secret.</param>
public sealed record SettingsProblem(string File, int Line, string? Section, string? Key, string Message)
{
    /// <summary>One line for an operator: <c>FILE:LINE: [SECTION] KEY: MESSAGE</c>, safe to print.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(File);
        if (Line > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $":{Line}");
        }

        text.Append(": ");
        if (Section is not null)
        {
            text.Append(CultureInfo.InvariantCulture, $"[{Section}] ");
        }

        if (Key is not null)
        {
            text.Append(CultureInfo.InvariantCulture, $"{Key}: ");
        }

        return DisplayText.Escape(text.Append(Message).ToString());
    }
}
