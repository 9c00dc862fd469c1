using System.Globalization;
using System.Net;

namespace ContentMonster.Sftp.Process;

/// <summary>Finds the TCP connection that a child has open, whoever opened it, and reads what the kernel counts for it.</summary>
internal sealed class ConnectionReader(int processId, int remotePort)
{
    private static readonly TimeSpan BetweenSearches = TimeSpan.FromMilliseconds(200);
    private const int MostSearches = 60;

    private readonly Lock _gate = new();

    // Guarded by _gate.
    private byte[]? _name;
    private int _searches;
    private long _searchedAt;

    /// <summary>Null: there is none (yet), or it is gone. Microseconds, once it is found.</summary>
    public TcpFacts? Read()
    {
        lock (_gate)
        {
            _name ??= Search();
            return _name is null ? null : SocketDiagnosis.Read(_name);
        }
    }

    /// <summary>Our address and the other side's; null: there is no connection (yet).</summary>
    public (IPAddress From, IPEndPoint To)? Ends
    {
        get
        {
            lock (_gate)
            {
                _name ??= Search();
                return _name is null ? null : SocketDiagnosis.EndsIn(_name);
            }
        }
    }

    private byte[]? Search()
    {
        long now = TimeProvider.System.GetTimestamp();
        if (_searches >= MostSearches || (_searches > 0 && TimeProvider.System.GetElapsedTime(_searchedAt, now) < BetweenSearches))
        {
            return null;
        }

        _searches++;
        _searchedAt = now;
        HashSet<uint> inodes = SocketsOf(processId);
        return inodes.Count == 0 ? null : SocketDiagnosis.Find(inodes, remotePort);
    }

    // proc_pid_fd(5): a socket shows as "socket:[INODE]".
    private static HashSet<uint> SocketsOf(int processId)
    {
        HashSet<uint> inodes = [];
        try
        {
            foreach (string descriptor in Directory.EnumerateFileSystemEntries(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/fd")))
            {
                if (new FileInfo(descriptor).LinkTarget is ['s', 'o', 'c', 'k', 'e', 't', ':', '[', .. var inode, ']']
                    && uint.TryParse(inode, NumberStyles.None, CultureInfo.InvariantCulture, out uint number))
                {
                    inodes.Add(number);
                }
            }
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            // It is gone, or /proc is closed to us: what was found so far must do.
        }

        return inodes;
    }
}
