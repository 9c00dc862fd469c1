using System.Net;
using ContentMonster.Daemon.Hosting;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Hosting;

public sealed class NetworkWatchTests
{
    private const string Old = "10.0.0.1";
    private const string New = "10.0.0.2";

    private readonly ManualTime _time = new();
    private readonly List<string> _gone = []; // guarded by itself
    private volatile string[] _addresses = ["127.0.0.1", "fe80::1", Old];
    private int _looks;
    private int _changes;

    [Fact]
    public async Task An_address_that_is_gone_while_another_is_there_is_told_after_a_moment_and_once()
    {
        await RunAsync(async watch =>
        {
            await ChangeAsync(watch, "127.0.0.1", "fe80::1", New);
            Told().ShouldBe(Old);
            await ChangeAsync(watch, "127.0.0.1", "fe80::1", New);
            Told().ShouldBe(Old);
            await ChangeAsync(watch, "127.0.0.1", New, Old);
            await ChangeAsync(watch, "127.0.0.1", Old);
            Told().ShouldBe($"{Old}; fe80::1; {New}");
        });
        _changes.ShouldBeGreaterThanOrEqualTo(4);
    }

    [Fact]
    public async Task One_that_is_gone_with_all_others_is_told_when_another_comes_and_not_when_it_comes_back()
    {
        await RunAsync(async watch =>
        {
            await ChangeAsync(watch, "127.0.0.1", "fe80::1");
            Told().ShouldBe("");
            await ChangeAsync(watch, "127.0.0.1", "fe80::1", Old);
            Told().ShouldBe("");
            await ChangeAsync(watch, "127.0.0.1", "fe80::1");
            await ChangeAsync(watch, "127.0.0.1", "fe80::1", New);
            Told().ShouldBe(Old);
        });
    }

    [Fact]
    public async Task One_that_is_renewed_within_a_moment_is_not_told()
    {
        await RunAsync(async watch =>
        {
            _addresses = [New];
            watch.Changed();
            await Eventually.BeTrueAsync(() => _time.Timers == 1, "the moment has begun");
            _time.Advance(NetworkWatch.Moment / 2);
            await ChangeAsync(watch, "127.0.0.1", "fe80::1", Old, New);
            Told().ShouldBe("");
        });
    }

    [Fact]
    public void This_machine_has_its_loopback() => NetworkWatch.OfThisMachine().ShouldNotBeNull().ShouldContain(IPAddress.Loopback);

    private string Told()
    {
        lock (_gone)
        {
            return string.Join("; ", _gone);
        }
    }

    private async Task ChangeAsync(NetworkWatch watch, params string[] addresses)
    {
        _addresses = addresses;

        // What the first look finds is told before the second.
        for (int look = 0; look < 2; look++)
        {
            int before = Volatile.Read(ref _looks);
            watch.Changed();
            await Eventually.BeTrueAsync(
                () =>
                {
                    _time.Advance(NetworkWatch.Moment);
                    return Volatile.Read(ref _looks) > before;
                },
                "it has looked");
        }
    }

    private async Task RunAsync(Func<NetworkWatch, Task> check)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var watch = new NetworkWatch(() => Interlocked.Increment(ref _changes), Gone, Look, _time);
        Task running = watch.RunAsync(stop.Token);
        await check(watch);
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(running);
    }

    private HashSet<IPAddress> Look()
    {
        Interlocked.Increment(ref _looks);
        return [.. _addresses.Select(IPAddress.Parse)];
    }

    private void Gone(IReadOnlySet<IPAddress> gone)
    {
        lock (_gone)
        {
            _gone.Add(string.Join("; ", gone.Select(static one => one.ToString()).Order(StringComparer.Ordinal)));
        }
    }
}
