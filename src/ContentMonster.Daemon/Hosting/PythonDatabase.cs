namespace ContentMonster.Daemon.Hosting;

/// <summary>Tells a database of the Python program from a ledger of ours, without opening it as a database.</summary>
internal static class PythonDatabase
{
    // The schema of a file of five tables stands in its first page; pages are 64 KiB at most (sqlite.org/fileformat.html).
    private const int LargestPage = 64 << 10;

    // Where SQLite keeps who a file belongs to: ours has a number there, whatever paths it has recorded.
    private const int ApplicationId = 68;

    public static bool Is(string path)
    {
        if (!File.Exists(path))
        {
            return false;
        }

        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var page = new byte[LargestPage];
            ReadOnlySpan<byte> read = page.AsSpan(0, file.ReadAtLeast(page, page.Length, throwOnEndOfStream: false));
            return read.StartsWith("SQLite format 3\0"u8) && read.Length > ApplicationId && read[ApplicationId..].StartsWith("\0\0\0\0"u8) && read.IndexOf("contentmonster_file"u8) >= 0;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            // Whoever opens it next says why it cannot be read.
            return false;
        }
    }
}
