using System.Runtime.InteropServices;

namespace ContentMonster.Sftp.Process;

/// <summary>Passes an open descriptor over a Unix socket (SCM_RIGHTS, unix(7), cmsg(3)). The layouts are those of 64-bit Linux.</summary>
internal static unsafe partial class DescriptorPass
{
    private const int SocketLevel = 1; // SOL_SOCKET
    private const int Rights = 1; // SCM_RIGHTS

    public static void Send(int over, int descriptor)
    {
        byte one = 0;
        var data = new Vector { Base = &one, Length = 1 };
        var control = new ControlMessage { Length = (nuint)(sizeof(nuint) + (3 * sizeof(int))), Level = SocketLevel, Type = Rights, Descriptor = descriptor };
        var message = new Message { Data = &data, DataCount = 1, Control = &control, ControlLength = (nuint)sizeof(ControlMessage) };
        if (SendMessage(over, &message, 0) < 0)
        {
            throw new IOException($"Could not pass the socket to ssh, because sendmsg failed: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
        }
    }

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    private static partial nint SendMessage(int socket, Message* message, int flags);

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

    // cmsghdr with room for one descriptor, padded to the next eight bytes as CMSG_SPACE has it.
    [StructLayout(LayoutKind.Sequential)]
    private struct ControlMessage
    {
        public nuint Length;
        public int Level;
        public int Type;
        public int Descriptor;
        public int Padding;
    }
}
