using ContentMonster.Sftp.Client;
using ContentMonster.Sftp.Process;

namespace ContentMonster.Vessels;

/// <summary>All connections to one vessel that are open: each is judged by what the others see of the link, too.</summary>
internal sealed class Connections
{
    private readonly List<SshProcess> _open = []; // guarded by itself

    public void Add(SshProcess process)
    {
        lock (_open)
        {
            _open.RemoveAll(static one => one.Exited.IsCompleted);
            _open.Add(process);
        }
    }

    /// <summary>Null: the kernel does not tell of this one.</summary>
    public LinkSigns? SignsOf(SshProcess process)
    {
        if (process.Tcp() is not { } own)
        {
            return null;
        }

        SshProcess[] others;
        lock (_open)
        {
            others = [.. _open.Where(one => one != process)];
        }

        return new LinkSigns(own.BytesArrived, own.SegmentsUnacknowledged > 0, own.BytesArrived + others.Sum(static one => one.Tcp()?.BytesArrived ?? 0));
    }
}
