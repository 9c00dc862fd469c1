namespace ContentMonster.Configuration;

/// <summary>Reads small files that may be no files: of a fifo without a writer, or on a file system that hangs, nothing ever comes.</summary>
internal static class PatientFile
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Why a file could not be read, in words that fit after "because".</summary>
    public static string Silence { get; } = $"nothing came from it for {Patience.TotalSeconds:0} s";

    /// <summary>Its first bytes, <paramref name="most"/> at the most, and its mode where there is one; null: nothing came for five seconds.</summary>
    /// <exception cref="IOException">It cannot be read. Also <see cref="UnauthorizedAccessException"/> and <see cref="NotSupportedException"/>.</exception>
    public static (byte[] Beginning, UnixFileMode? Mode)? Read(string path, int most)
    {
        // A thread of its own, which is left behind where it waits for ever; it keeps no process alive.
        Task<(byte[], UnixFileMode?)> reading = Task.Factory.StartNew(() => Beginning(path, most), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        return Task.WaitAny([reading], Patience) == 0 ? reading.GetAwaiter().GetResult() : null;
    }

    private static (byte[] Beginning, UnixFileMode? Mode) Beginning(string path, int most)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        UnixFileMode? mode = OperatingSystem.IsWindows() ? null : File.GetUnixFileMode(file.SafeFileHandle);
        var bytes = new byte[most];
        return (bytes[..file.ReadAtLeast(bytes, most, throwOnEndOfStream: false)], mode);
    }
}
