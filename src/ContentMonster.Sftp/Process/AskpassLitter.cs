using System.Net.Sockets;
using System.Text;

namespace ContentMonster.Sftp.Process;

// Implementation notes
//
// A daemon that is killed while it connects leaves its askpass directory. One is removed only if all of this is so: its name is exactly one of ours, it is
// a directory of mode 0700 that belongs to our user, the process in its name is gone (or another one has its number since), and nobody answers at its
// socket, which also tells of processes that another PID namespace hides from us. It is looked at and emptied through one descriptor, so that nothing that
// is put in its place meanwhile is touched; rmdir(2) follows no link and takes nothing that still holds something. One that was touched within the last minute
// may be of a daemon, seen from another PID namespace, that is about to listen there.

/// <summary>What killed daemons left of their askpass servers.</summary>
public static class AskpassLitter
{
    private const int TypeBits = 0xF000; // S_IFMT
    private const int SocketBits = 0xC000; // S_IFSOCK
    private const int YoungestInSeconds = 60;
    private const int PrivateDirectory = 0x4000 | 0x1C0; // S_IFDIR, 0700

    /// <summary>Removes it, and tells how many; none where the system does not tell which processes live.</summary>
    public static int Sweep() => Sweep(AskpassDirectory.Places);

    internal static int Sweep(IEnumerable<string> places) =>
        OperatingSystem.IsLinux() && AskpassDirectory.StartOf(Environment.ProcessId) is not null ? places.Distinct(StringComparer.Ordinal).SelectMany(Left).Count(Remove) : 0;

    private static string[] Left(string place)
    {
        try
        {
            return [.. Directory.EnumerateDirectories(place, AskpassDirectory.Prefix + "*").Where(static path => IsLeft(Path.GetFileName(path)))];
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static bool IsLeft(string name) => AskpassDirectory.Read(name) is var (process, start) && AskpassDirectory.StartOf(process) != start;

    private static unsafe bool Remove(string path)
    {
        byte[] terminated = Encoding.UTF8.GetBytes(path + "\0");
        byte[] socket = Encoding.UTF8.GetBytes(AskpassDirectory.Socket + "\0");
        fixed (byte* directory = terminated, inside = socket)
        {
            int descriptor = Posix.OpenNamed(directory, Posix.WhateverItIs);
            if (descriptor < 0)
            {
                return false;
            }

            try
            {
                if (!IsOurs(descriptor) || !IsDead(descriptor, inside, Path.Combine(path, AskpassDirectory.Socket)))
                {
                    return false;
                }

                _ = Posix.RemoveIn(descriptor, inside, 0);
                return Posix.RemoveDirectory(directory) == 0;
            }
            finally
            {
                _ = Posix.Close(descriptor);
            }
        }
    }

    // A link is seen as the link that it is.
    private static unsafe bool IsOurs(int descriptor)
    {
        byte nothing = 0;
        return Look(descriptor, &nothing) is var (owner, mode, modified) && owner == Posix.EffectiveUser() && mode == PrivateDirectory
            && (TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() - modified) is < 0 or > YoungestInSeconds;
    }

    private static unsafe bool IsDead(int directory, byte* name, string path) => Look(directory, name) switch
    {
        null => true, // killed before it made the socket
        var (_, mode, _) when (mode & TypeBits) == SocketBits => !Answers(path),
        _ => false,
    };

    private static unsafe (uint Owner, int Mode, long Modified)? Look(int directory, byte* name)
    {
        // struct statx (statx(2)) has the owner at byte 20, type and mode at 28, the seconds of the time of modification at 112.
        byte* look = stackalloc byte[256];
        return Posix.Look(directory, name, Posix.DescriptorItself, Posix.TypeModeOwnerAndTime, look) == 0 ? (*(uint*)(look + 20), *(ushort*)(look + 28), *(long*)(look + 112)) : null;
    }

    private static bool Answers(string path)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException trouble)
        {
            // Anything else, as a full queue, leaves it open whether it lives.
            return trouble.SocketErrorCode != SocketError.ConnectionRefused;
        }
    }
}
