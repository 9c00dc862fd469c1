using ContentMonster.Ledger;

namespace ContentMonster.Daemon.Hosting;

/// <summary>Tells a database of the Python program from a ledger of ours, without opening it as a database.</summary>
internal static class PythonDatabase
{
    // The schema of a file of five tables stands in its first page; pages are 64 KiB at most (sqlite.org/fileformat.html).
    private const int LargestPage = 64 << 10;

    // Where SQLite keeps whose a file is: ours has Migrations' number there, whatever paths it has recorded.
    private const int ApplicationId = 68;

    public static bool Is(string path)
    {
        ReadOnlySpan<byte> page = FirstPage(path);
        return IdOf(page).SequenceEqual("\0\0\0\0"u8) && page.IndexOf("contentmonster_file"u8) >= 0;
    }

    public static bool IsLedger(string path) => IdOf(FirstPage(path)).SequenceEqual("CMon"u8);

    private static ReadOnlySpan<byte> IdOf(ReadOnlySpan<byte> page) =>
        page.StartsWith("SQLite format 3\0"u8) && page.Length >= ApplicationId + sizeof(int) ? page.Slice(ApplicationId, sizeof(int)) : default;

    // Empty where there is none, or none that may be read: whoever opens it next says why.
    private static ReadOnlySpan<byte> FirstPage(string path)
    {
        if (!File.Exists(path) || !LedgerFile.IsRegularOrAbsent(path))
        {
            return default;
        }

        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var page = new byte[LargestPage];
            return page.AsSpan(0, file.ReadAtLeast(page, page.Length, throwOnEndOfStream: false));
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return default;
        }
    }
}
