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

    /// <summary>Where the addresses are not to be known: for want of descriptors, or for good.</summary>
    public static readonly TimeSpan LookAgain = TimeSpan.FromMinutes(1);

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
        bool isKnown = true;
        _changed.Ring();
        while (true)
        {
            await _changed.WaitAsync(isKnown ? Timeout.InfiniteTimeSpan : LookAgain, time, cancellationToken);
            await Task.Delay(Moment, time, cancellationToken);
            IReadOnlySet<IPAddress>? now = addresses();
            isKnown = now is not null;
            if (now is null)
            {
                continue;
            }

            known.UnionWith(now);
            if (known.Count > now.Count)
            {
                gone(known.Except(now).ToHashSet());
            }
        }
    }
}
