using System.Buffers;

namespace ContentMonster.Sftp.Wire;

/// <summary>A whole packet in a buffer of the shared pool, but for what its tail holds; whoever has it last drops it.</summary>
/// <param name="FileBytes">File bytes of an upload within it, the tail's among them.</param>
internal readonly record struct OutgoingPacket(byte[] Buffer, int Length, int FileBytes, FileTail Tail)
{
    /// <summary>What an upload's write has in the buffer; of all else 0.</summary>
    public int WriteBytes => FileBytes > 0 ? Length : 0;

    public void Drop()
    {
        ArrayPool<byte>.Shared.Return(Buffer);
        Tail.Drop();
    }
}
