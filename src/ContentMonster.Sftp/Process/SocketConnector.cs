using System.Net;
using System.Net.Sockets;

namespace ContentMonster.Sftp.Process;

/// <summary>Opens a TCP connection with the options of an order. Several addresses are tried as RFC 8305 has it: a new one every quarter of a second, families in turn, the first that answers wins.</summary>
internal static class SocketConnector
{
    private static readonly TimeSpan Stagger = TimeSpan.FromMilliseconds(250);

    /// <param name="order">Where to, and how.</param>
    /// <param name="time">The clock.</param>
    /// <param name="knock">Told of the first packet where there is one address only: of several one may never answer. Null: nobody.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public static async Task<Socket> ConnectAsync(SocketOrder order, TimeProvider time, Knock? knock, CancellationToken cancellationToken)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        enough.CancelAfter(order.Patience);
        var attempts = new List<Task<Socket>>();
        SocketException? lastTrouble = null;
        try
        {
            IPAddress[] addresses = InTurn(await Dns.GetHostAddressesAsync(order.Host, order.Family, enough.Token).ConfigureAwait(false));
            for (int next = 0; next < addresses.Length || attempts.Count > 0;)
            {
                if (next < addresses.Length)
                {
                    attempts.Add(OneAsync(addresses[next++], order, addresses.Length == 1 ? knock : null, enough.Token));
                }

                Task pause = next < addresses.Length ? Task.Delay(Stagger, time, enough.Token) : Task.Delay(Timeout.InfiniteTimeSpan, time, enough.Token);
                Task ended = await Task.WhenAny([.. attempts, pause]).ConfigureAwait(false);
                enough.Token.ThrowIfCancellationRequested();
                if (ended is Task<Socket> attempt)
                {
                    attempts.Remove(attempt);
                    try
                    {
                        return await attempt.ConfigureAwait(false);
                    }
                    catch (SocketException trouble)
                    {
                        lastTrouble = trouble;
                    }
                }
            }

            throw lastTrouble ?? new SocketException((int)SocketError.HostNotFound);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new SocketException((int)SocketError.TimedOut);
        }
        finally
        {
            await enough.CancelAsync().ConfigureAwait(false);
            attempts.ForEach(static late => _ = late.ContinueWith(static done => done.Result.Dispose(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default));
        }
    }

    /// <summary>What went wrong, in ssh's own words.</summary>
    public static string Words(SocketOrder order, SocketException trouble) => trouble.SocketErrorCode switch
    {
        SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain or SocketError.NoRecovery =>
            $"Could not resolve hostname {order.Host}: {trouble.Message}{(order.FamilyWord is { } family ? $" (AddressFamily is {family})" : "")}",
        SocketError.TimedOut => $"connect to host {order.Host} port {order.Port}: Connection timed out",
        _ => $"connect to host {order.Host} port {order.Port}: {trouble.Message}",
    };

    private static IPAddress[] InTurn(IPAddress[] addresses)
    {
        // The resolver's first choice of a family first (RFC 6724), then the families in turn.
        AddressFamily first = addresses.Length > 0 ? addresses[0].AddressFamily : AddressFamily.InterNetworkV6;
        IPAddress[] some = [.. addresses.Where(address => address.AddressFamily == first)];
        IPAddress[] others = [.. addresses.Where(address => address.AddressFamily != first)];
        return [.. Enumerable.Range(0, Math.Max(some.Length, others.Length)).SelectMany(at => some.Skip(at).Take(1).Concat(others.Skip(at).Take(1)))];
    }

    // Blocking, so on a thread of its own.
    private static Task<Socket> OneAsync(IPAddress address, SocketOrder order, Knock? knock, CancellationToken cancellationToken) => Task.Factory.StartNew(
        () => DirectConnect.Connect(address, order, knock, cancellationToken), cancellationToken, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);
}
