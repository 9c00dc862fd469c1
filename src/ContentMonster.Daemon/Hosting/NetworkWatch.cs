using System.Net;
using System.Net.NetworkInformation;
using ContentMonster.Model;

namespace ContentMonster.Daemon.Hosting;

/// <summary>Tells of links and addresses of this machine that come and go.</summary>
/// <param name="changed">Told at once, of whatever it was.</param>
/// <param name="gone">Told at each change which addresses the machine has had and has not.</param>
/// <param name="addresses">Those that it has; null: that is not to be known now.</param>
internal sealed class NetworkWatch(Action changed, Action<IReadOnlySet<IPAddress>> gone, Func<IReadOnlySet<IPAddress>?> addresses, TimeProvider time)
{
    /// <summary>An address that is renewed is away for no longer.</summary>
    public static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How often the addresses are looked at though nothing was told: .NET's NetworkChange is not told of all that changes in IPv6, and of nothing any more once too much came
    /// at once. A look takes a millisecond, where there are hundreds of interfaces or routes many: then it is done as seldom as keeps the CPU free.
    /// </summary>
    public static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    // Of addresses that come and go for ever (IPv6 temporary ones, containers) so many are kept in mind.
    private const int MostMissing = 256;

    // So many times as long as a look takes passes before the next.
    private const int Rest = 500;

    private readonly Bell _changed = new();

    /// <summary>Those of all interfaces, also of such that are down; without the interface that a link-local one names.</summary>
    public static IReadOnlySet<IPAddress>? OfThisMachine()
    {
        try
        {
            return NetworkInterface.GetAllNetworkInterfaces().SelectMany(static one => one.GetIPProperties().UnicastAddresses)
                .Select(static one => new IPAddress(one.Address.GetAddressBytes())).ToHashSet();
        }
        catch (Exception trouble) when (trouble is NetworkInformationException or IOException or UnauthorizedAccessException)
        {
            return null; // It reads files, too: there may be no descriptor left.
        }
    }

    /// <summary>Until the token ends it.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        // A link that comes back with the address it had changes no address.
        NetworkAddressChangedEventHandler address = (_, _) => Changed();
        NetworkAvailabilityChangedEventHandler link = (_, _) => Changed();
        NetworkChange.NetworkAddressChanged += address;
        NetworkChange.NetworkAvailabilityChanged += link;
        try
        {
            await WatchAsync(cancellationToken);
        }
        finally
        {
            NetworkChange.NetworkAddressChanged -= address;
            NetworkChange.NetworkAvailabilityChanged -= link;
        }
    }

    /// <summary>Something has.</summary>
    public void Changed()
    {
        changed();
        _changed.Ring();
    }

    // What is missing stays known: it may be the next change that brings another way.
    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        HashSet<IPAddress> known = [];
        IReadOnlySet<IPAddress>? last = null;
        TimeSpan took = TimeSpan.Zero;
        _changed.Ring();
        while (true)
        {
            if (!await _changed.WaitAsync(took * Rest > LookEvery ? took * Rest : LookEvery, time, cancellationToken))
            {
                long begun = time.GetTimestamp();
                IReadOnlySet<IPAddress>? seen = addresses();
                took = time.GetElapsedTime(begun);
                if (seen is not null && last?.SetEquals(seen) == true && known.Count > seen.Count)
                {
                    gone(known.Except(seen).ToHashSet()); // since then another way may have come
                }

                if (seen is null || last?.SetEquals(seen) == true)
                {
                    continue;
                }

                changed();
            }

            await Task.Delay(Moment, time, cancellationToken);
            if (addresses() is not { } now)
            {
                continue;
            }

            last = now;
            known.UnionWith(now);
            HashSet<IPAddress> missing = [.. known.Except(now)];
            if (missing.Count > 0)
            {
                gone(missing);
            }

            if (missing.Count > MostMissing)
            {
                known = [.. now];
            }
        }
    }
}
