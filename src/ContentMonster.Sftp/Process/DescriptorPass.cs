using System.Runtime.InteropServices;

namespace ContentMonster.Sftp.Process;

/// <summary>Passes an open descriptor over a Unix socket (SCM_RIGHTS, unix(7), cmsg(3)). The layouts are those of 64-bit Linux.</summary>
internal static unsafe partial class DescriptorPass
{
    private const int SocketLevel = 1; // SOL_SOCKET
    private const int Rights = 1; // SCM_RIGHTS
    private const int CloseOnExec = 0x40000000; // MSG_CMSG_CLOEXEC
    private const int HeaderBytes = 16;

    /// <param name="over">The socket.</param>
    /// <param name="descriptor">What is passed.</param>
    /// <param name="second">With it; negative: nothing.</param>
    /// <exception cref="IOException">It was not passed.</exception>
    public static void Send(int over, int descriptor, int second = -1)
    {
        byte one = 0;
        var data = new Vector { Base = &one, Length = 1 };
        int count = second < 0 ? 1 : 2;
        var control = new ControlMessage { Length = (nuint)(HeaderBytes + (count * sizeof(int))), Level = SocketLevel, Type = Rights, First = descriptor, Second = second };
        var message = new Message { Data = &data, DataCount = 1, Control = &control, ControlLength = (nuint)sizeof(ControlMessage) };
        if (SendMessage(over, &message, 0) < 0)
        {
            throw new IOException($"Could not pass the socket to ssh, because sendmsg failed: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
        }
    }

    /// <summary>Waits for two that were sent as one; -1: the system had no room for them. False: nothing comes any more.</summary>
    public static bool TryReceive(int over, out int first, out int second)
    {
        byte one = 0;
        var data = new Vector { Base = &one, Length = 1 };
        var control = new ControlMessage { First = -1, Second = -1 };
        var message = new Message { Data = &data, DataCount = 1, Control = &control, ControlLength = (nuint)sizeof(ControlMessage) };
        nint count;
        do
        {
            count = ReceiveMessage(over, &message, CloseOnExec);
        }
        while (count < 0 && Marshal.GetLastPInvokeError() == Posix.ErrorInterrupted);

        (first, second) = count <= 0 || message.ControlLength < HeaderBytes ? (-1, -1) : (control.First, control.Second);
        return count > 0;
    }

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    private static partial nint SendMessage(int socket, Message* message, int flags);

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    private static partial nint ReceiveMessage(int socket, Message* message, int flags);

    [StructLayout(LayoutKind.Sequential)]
    private struct Vector
    {
        public void* Base;
        public nuint Length;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Message
    {
        public void* Name;
        public uint NameLength;
        public Vector* Data;
        public nuint DataCount;
        public void* Control;
        public nuint ControlLength;
        public int Flags;
    }

    // cmsghdr with room for two descriptors; for one it is as long, as CMSG_SPACE has it.
    [StructLayout(LayoutKind.Sequential)]
    private struct ControlMessage
    {
        public nuint Length;
        public int Level;
        public int Type;
        public int First;
        public int Second;
    }
}
