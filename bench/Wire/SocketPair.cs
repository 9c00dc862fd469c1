using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using ContentMonster.Sftp.Process;

namespace ContentMonster.Bench;

/// <summary>What stands between the daemon and its ssh: two sockets that are each other's other end.</summary>
internal static class SocketPair
{
    private const int StreamType = 1;

    public static unsafe (Socket Ours, Socket Theirs) Open()
    {
        int* pair = stackalloc int[2];
        if (Posix.SocketPair(Posix.UnixFamily, StreamType, 0, pair) != 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        return (new Socket(new SafeSocketHandle(pair[0], ownsHandle: true)), new Socket(new SafeSocketHandle(pair[1], ownsHandle: true)));
    }
}
