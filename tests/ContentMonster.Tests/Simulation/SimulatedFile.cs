using ContentMonster.Model;

namespace ContentMonster.Tests.Simulation;

/// <summary>A file on a simulated disk: what a reader sees, and what would be there after a power cut.</summary>
internal sealed class SimulatedFile
{
    /// <summary>Null: it has none, and only those who have it open still write to it.</summary>
    public BytePath? Name { get; set; }

    public byte[] Content { get; set; } = [];

    /// <summary>Null: never synced, so a power cut leaves anything.</summary>
    public byte[]? Durable { get; set; }

    public int Mode { get; set; } = 0x180;

    public long? ModifiedUnixSeconds { get; set; }

    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        byte[] content = Content;
        if (offset + bytes.Length > content.Length)
        {
            Array.Resize(ref content, checked((int)offset + bytes.Length));
        }

        bytes.CopyTo(content.AsSpan((int)offset));
        Content = content;
    }

    public void Sync() => Durable = [.. Content];
}
