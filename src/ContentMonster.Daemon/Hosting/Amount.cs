using System.Globalization;
using ContentMonster.Diagnostics;

namespace ContentMonster.Daemon.Hosting;

/// <summary>Sizes, durations and times as people read them.</summary>
internal static class Amount
{
    public static string OfBytes(long sizeInBytes) => SizeText.Of(sizeInBytes);

    /// <summary>The two largest units: "3 d 4 h", "12 min 5 s", "8 s".</summary>
    public static string OfTime(TimeSpan time) => time switch
    {
        { TotalDays: >= 1 } => $"{(int)time.TotalDays} d {time.Hours} h",
        { TotalHours: >= 1 } => $"{time.Hours} h {time.Minutes} min",
        { TotalMinutes: >= 1 } => $"{time.Minutes} min {time.Seconds} s",
        { TotalSeconds: >= 1 } => $"{time.Seconds} s",
        _ => "under 1 s",
    };

    public static string OfFiles(long files) => files == 1 ? "1 file" : $"{files.ToString(CultureInfo.InvariantCulture)} files";

    public static string OfMoment(DateTimeOffset moment, TimeProvider time) =>
        TimeZoneInfo.ConvertTime(moment, time.LocalTimeZone).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
}
