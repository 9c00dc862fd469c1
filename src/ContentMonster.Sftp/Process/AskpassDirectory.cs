using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace ContentMonster.Sftp.Process;

/// <summary>The private directory of an askpass server's socket; its name tells whose it is, so that one whose process was killed can be removed.</summary>
internal static class AskpassDirectory
{
    public const string Prefix = "contentmonster-ask-";
    public const string Socket = "ask";

    // sockaddr_un has 108 bytes, the last of them a zero.
    private const int LongestSocketPath = 107;
    private const string Varying = "XXXXXX";

    /// <summary>Where it may lie: a long TMPDIR is of no use.</summary>
    public static IEnumerable<string> Places => new[] { Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR"), "/tmp" }.OfType<string>().Where(static place => place.StartsWith('/'));

    public static unsafe string Make()
    {
        if (!PosixSpawn.Works)
        {
            return Directory.CreateTempSubdirectory(Prefix).FullName;
        }

        foreach (string place in Places)
        {
            byte[] template = Encoding.UTF8.GetBytes($"{place}/{Name(Environment.ProcessId, StartOf(Environment.ProcessId) ?? 0)}\0");
            if (template.Length + Socket.Length > LongestSocketPath)
            {
                continue;
            }

            fixed (byte* name = template)
            {
                if (Posix.MakeTemporaryDirectory(name) != null)
                {
                    return Encoding.UTF8.GetString(template.AsSpan()[..^1]);
                }
            }
        }

        throw new IOException($"Could not make a private directory for askpass in XDG_RUNTIME_DIR or /tmp, because of error {Marshal.GetLastPInvokeError()}. Check that one of them is writable.");
    }

    /// <summary>The process that made a directory of this name, and when that was started; null: not a name of ours.</summary>
    public static (int ProcessId, ulong Start)? Read(string name)
    {
        if (!name.StartsWith(Prefix, StringComparison.Ordinal) || name[Prefix.Length..].Split('-') is not [var process, var start, var varying])
        {
            return null;
        }

        bool isOurs = int.TryParse(process, NumberStyles.None, CultureInfo.InvariantCulture, out int id) & ulong.TryParse(start, NumberStyles.None, CultureInfo.InvariantCulture, out ulong at)
            && id > 0 && varying.Length == Varying.Length && varying.All(char.IsAsciiLetterOrDigit) && name == Name(id, at, varying);
        return isOurs ? (id, at) : null;
    }

    /// <summary>When a process was started, in ticks since the system was (field 22 of proc_pid_stat(5)); null: there is none, or no /proc.</summary>
    public static ulong? StartOf(int process)
    {
        const int start = 22 - 3; // counted from the third field, the first behind the name, which may hold anything
        try
        {
            string told = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/stat"));
            return ulong.Parse(told[(told.LastIndexOf(')') + 2)..].Split(' ')[start], CultureInfo.InvariantCulture);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string Name(int process, ulong start, string varying = Varying) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{process}-{start}-{varying}");
}
