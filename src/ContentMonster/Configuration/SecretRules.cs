using System.Text;
using ContentMonster.Model;

namespace ContentMonster.Configuration;

/// <summary>Where secrets may come from, and who else may read that.</summary>
internal static class SecretRules
{
    /// <summary>ssh's readpass.c takes no more from its askpass program.</summary>
    private const int LongestInBytes = 1023;

    public static Secret Inline(string text) => Encoding.UTF8.GetByteCount(text) <= LongestInBytes
        ? new(text)
        : throw new BadValueException($"The secret is longer than the {LongestInBytes} bytes that ssh takes.");

    /// <summary>The first line of a file.</summary>
    public static Secret FromFile(string path)
    {
        try
        {
            return PatientFile.Read(path, LongestInBytes + 2) is (var beginning, _)
                ? FirstLine(beginning, path)
                : throw new BadValueException($"Could not read the password file \"{path}\", because {PatientFile.Silence}. Name a file that holds the password.");
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new BadValueException($"Could not read the password file \"{path}\", because {Why(trouble)}. Make it, or use Password.");
        }
    }

    /// <summary>Null where nobody else may read the file (or nobody can tell).</summary>
    public static string? ReadableByOthers(string text, ReadingPlace place)
    {
        string path;
        try
        {
            path = PathOf(text, place);
        }
        catch (BadValueException)
        {
            return null;
        }

        // systemd hands credentials over with an access list, whose mask shows as the group's bits.
        bool handedOver = place.Credentials is { } folder && PathRules.IsAtOrAbove(folder.TrimEnd('/'), path);
        return !handedOver && ModeOf(path) is { } mode && IsOpen(mode, path, place) ? path : null;
    }

    /// <summary>Root's settings that the daemon reads through its group are open to nobody else.</summary>
    public static bool IsOpen(UnixFileMode mode, string path, ReadingPlace place) =>
        mode.HasFlag(UnixFileMode.OtherRead) || (mode.HasFlag(UnixFileMode.GroupRead) && !place.IsOfOwnGroup(path));

    /// <summary>chmod alone would take root's file from a daemon that reads it through its group.</summary>
    public static string HowToClose(string path) => $"Give it to the daemon's user (chown) and to nobody else: chmod 600 \"{path}\"";

    public static string PathOf(string text, ReadingPlace place) => PathRules.File(text, place.Credentials ?? place.Folder);

    private static UnixFileMode? ModeOf(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return null;
        }

        try
        {
            return File.GetUnixFileMode(path);
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static Secret FirstLine(ReadOnlySpan<byte> bytes, string path)
    {
        int end = bytes.IndexOfAny((byte)'\n', (byte)'\r');
        ReadOnlySpan<byte> line = end < 0 ? bytes : bytes[..end];
        if (line.IsEmpty)
        {
            throw new BadValueException($"The first line of \"{path}\" is empty. The password must stand there.");
        }

        if (line.Length > LongestInBytes)
        {
            throw new BadValueException($"The first line of \"{path}\" is longer than the {LongestInBytes} bytes that ssh takes for a password.");
        }

        try
        {
            return new(SettingsText.Strict.GetString(line));
        }
        catch (DecoderFallbackException)
        {
            throw new BadValueException($"The first line of \"{path}\" is not UTF-8. Save the file as UTF-8.");
        }
    }

    private static string Why(Exception trouble) => trouble switch
    {
        FileNotFoundException or DirectoryNotFoundException => "it does not exist",
        UnauthorizedAccessException => "permission was denied, or it is a directory",
        _ => $"the system said \"{trouble.Message}\"",
    };
}
