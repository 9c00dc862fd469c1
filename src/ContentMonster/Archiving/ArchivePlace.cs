using System.Globalization;
using System.Text;
using ContentMonster.Model;

namespace ContentMonster.Archiving;

/// <summary>Names for files whose place in processed/ is taken.</summary>
internal static class ArchivePlace
{
    private const int LongestName = 255;

    /// <summary>"report.csv" becomes "report.csv.1", cut at the end of the old name where the whole would be over 255 bytes.</summary>
    public static BytePath Numbered(BytePath place, int number)
    {
        byte[] suffix = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $".{number}"));
        byte[] name = place.Name.Bytes;
        byte[] kept = name.AsSpan(0, Math.Min(name.Length, LongestName - suffix.Length)).ToArray();
        return place.Parent.Join(new BytePath([.. kept, .. suffix]));
    }
}
