using System.Globalization;
using System.Text;
using ContentMonster.Model;

namespace ContentMonster.Archiving;

/// <summary>Names for files and directories whose place in processed/ is taken.</summary>
internal static class ArchivePlace
{
    private const int LongestName = 255;

    /// <summary>The place with a number at each directory whose name something else has taken: an archived file has the name that later is a directory's.</summary>
    /// <param name="place">Below <paramref name="processed"/>.</param>
    /// <param name="processed">Stays as it is.</param>
    /// <param name="isDirectory">Null: nothing is there.</param>
    public static BytePath Around(BytePath place, BytePath processed, Func<BytePath, bool?> isDirectory)
    {
        BytePath way = processed;
        ReadOnlySpan<byte> left = place.Span[(processed.Span.Length + 1)..];
        for (int end; (end = left.IndexOf((byte)'/')) >= 0; left = left[(end + 1)..])
        {
            BytePath plain = way.Join(new BytePath(left[..end].ToArray()));
            way = plain;
            for (int number = 1; isDirectory(way) == false; number++)
            {
                way = Numbered(plain, number);
            }
        }

        return way.Join(place.Name);
    }

    /// <summary>"report.csv" becomes "report.csv.1", cut at the end of the old name where the whole would be over 255 bytes.</summary>
    public static BytePath Numbered(BytePath place, int number)
    {
        byte[] suffix = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $".{number}"));
        byte[] name = place.Name.Bytes;
        byte[] kept = name.AsSpan(0, Math.Min(name.Length, LongestName - suffix.Length)).ToArray();
        return place.Parent.Join(new BytePath([.. kept, .. suffix]));
    }
}
