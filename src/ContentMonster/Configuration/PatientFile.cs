using System.Collections.Concurrent;

namespace ContentMonster.Configuration;

/// <summary>Reads small files that may be no files: of a fifo without a writer, or on a file system that hangs, nothing ever comes.</summary>
internal static class PatientFile
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    // Readings that were given up and still wait: that such a file says nothing is known without waiting once more.
    private static readonly ConcurrentDictionary<string, Task> Silent = new(StringComparer.Ordinal);

    /// <summary>Why a file could not be read, in words that fit after "because".</summary>
    public static string Silence { get; } = $"nothing came from it for {Patience.TotalSeconds:0} s";

    /// <summary>Its first bytes, <paramref name="most"/> at the most, and its mode where there is one; null: nothing came for five seconds.</summary>
    /// <exception cref="IOException">It cannot be read. Also <see cref="UnauthorizedAccessException"/> and <see cref="NotSupportedException"/>.</exception>
    public static (byte[] Beginning, UnixFileMode? Mode)? Read(string path, int most)
    {
        if (Silent.TryGetValue(path, out Task? silent) && !silent.IsCompleted)
        {
            return null;
        }

        // A thread of its own, which is left behind where it waits for ever; it keeps no process alive.
        Task<(byte[], UnixFileMode?)> reading = Task.Factory.StartNew(() => Beginning(path, most), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        if (Task.WaitAny([reading], Patience) == 0)
        {
            return reading.GetAwaiter().GetResult();
        }

        Silent[path] = reading;
        return null;
    }

    /// <summary>
    /// For a file that is for ssh alone: so much of what is in it as can be had at once, if that is more than its length tells (a device, a pipe); empty: it is
    /// an ordinary file, or ssh says what is wrong; null: nothing came for five seconds.
    /// </summary>
    public static byte[]? Untold(string path, int most)
    {
        try
        {
            // A link has a length of its own.
            string real = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
            return new FileInfo(real) is { Exists: true, Length: 0 } ? Read(path, most)?.Beginning : [];
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return [];
        }
    }

    private static (byte[] Beginning, UnixFileMode? Mode) Beginning(string path, int most)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        UnixFileMode? mode = OperatingSystem.IsWindows() ? null : File.GetUnixFileMode(file.SafeFileHandle);
        var bytes = new byte[most];
        return (bytes[..file.ReadAtLeast(bytes, most, throwOnEndOfStream: false)], mode);
    }
}
