using System.Net;
using ContentMonster.Sftp.Client;
using ContentMonster.Sftp.Process;

namespace ContentMonster.Vessels;

/// <summary>All connections to one vessel that are open or being made: each is judged by what the others see of the link, too.</summary>
internal sealed class Connections
{
    // Guarded by the list: what each has brought to the vessel, as last seen, and what those did that are gone.
    private readonly Dictionary<SshProcess, long> _open = [];
    private long _before;

    public void Add(SshProcess process)
    {
        lock (_open)
        {
            foreach (SshProcess gone in _open.Keys.Where(static one => one.Exited.IsCompleted).ToArray())
            {
                _open.Remove(gone, out long arrived);
                _before += arrived;
            }

            _open.Add(process, 0);
        }
    }

    /// <summary>Ends those that were made from these addresses, which this machine had and has no more: no answer comes there.</summary>
    public void EndFrom(IReadOnlySet<IPAddress> gone)
    {
        lock (_open)
        {
            foreach (SshProcess one in _open.Keys)
            {
                if (one.LocalAddress is { } from && gone.Contains(from))
                {
                    one.GiveUp($"this machine has no longer the address {from}, from which it was made");
                }
            }
        }
    }

    /// <summary>Null: the kernel does not tell of this one.</summary>
    public LinkSigns? SignsOf(SshProcess process)
    {
        lock (_open)
        {
            TcpFacts? own = null;
            foreach (SshProcess one in _open.Keys.ToArray())
            {
                TcpFacts? facts = one.Tcp();
                _open[one] = facts?.BytesArrived ?? _open[one];
                own = one == process ? facts : own;
            }

            return own is null ? null : new LinkSigns(own.BytesArrived, own.SegmentsUnacknowledged > 0, _before + _open.Values.Sum(), own.Unheard);
        }
    }
}
