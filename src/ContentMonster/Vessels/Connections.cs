using System.Net;
using System.Net.Sockets;
using ContentMonster.Sftp.Client;
using ContentMonster.Sftp.Process;

namespace ContentMonster.Vessels;

/// <summary>All connections to one vessel that are open or being made: each is judged by what the others see of the link, too.</summary>
/// <param name="goesElsewise">Whether what is sent from there to there would now go from another address; null: the kernel says so.</param>
internal sealed class Connections(Func<IPAddress, IPEndPoint, bool>? goesElsewise = null)
{
    private readonly Func<IPAddress, IPEndPoint, bool> _goesElsewise = goesElsewise ?? GoesElsewise;

    // Guarded by the list: what each has brought to the vessel, as last seen, and what those did that are gone.
    private readonly Dictionary<SshProcess, long> _open = [];
    private long _before;

    /// <summary>Whether the kernel would send there from another address now. Nothing is sent: to connect UDP is to ask for a route.</summary>
    public static bool GoesElsewise(IPAddress from, IPEndPoint to)
    {
        try
        {
            using var probe = new Socket(to.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            probe.Connect(to);
            return probe.LocalEndPoint is IPEndPoint now && !new[] { from, IPAddress.Any, IPAddress.IPv6Any }.Contains(now.Address); // Any: a way without an address to send from
        }
        catch (SocketException)
        {
            return false; // No way there, or no socket.
        }
    }

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

    /// <summary>
    /// Ends those that were made from these addresses, which this machine had and has no more, where it has another one to go on from: no answer comes there.
    /// Where it has none they are left to themselves, for the address may come back in time.
    /// </summary>
    public void EndFrom(IReadOnlySet<IPAddress> gone)
    {
        lock (_open)
        {
            foreach (SshProcess one in _open.Keys)
            {
                if (one.Ends is var (from, to) && gone.Contains(from) && _goesElsewise(from, to))
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
