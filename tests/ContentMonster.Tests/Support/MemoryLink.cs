using System.IO.Pipelines;

namespace ContentMonster.Tests.Support;

/// <summary>Two ends of a connection in memory. A side that is not read blocks the other's writes beyond 64 KiB.</summary>
internal sealed class MemoryLink
{
    private const int Room = 64 * 1_024;

    public MemoryLink()
    {
        var options = new PipeOptions(pauseWriterThreshold: Room, resumeWriterThreshold: Room / 2, useSynchronizationContext: false);
        var down = new Pipe(options);
        var up = new Pipe(options);
        Near = new DuplexStream(down.Reader.AsStream(), up.Writer.AsStream());
        Far = new DuplexStream(up.Reader.AsStream(), down.Writer.AsStream());
    }

    public Stream Near { get; }

    public Stream Far { get; }
}
