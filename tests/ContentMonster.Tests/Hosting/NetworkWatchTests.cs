using System.Net;
using ContentMonster.Daemon.Hosting;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Hosting;

public sealed class NetworkWatchTests
{
    private const string Old = "10.0.0.1";
    private const string New = "10.0.0.2";

    private readonly ManualTime _time = new();
    private volatile string _gone = ""; // what was told last
    private volatile bool _looksInVain;
    private volatile string[] _addresses = ["127.0.0.1", "fe80::1", Old];
    private volatile HashSet<string>? _told; // of all that were
    private int _looks;
    private int _changes;

    [Fact]
    public async Task Addresses_that_are_gone_are_told_a_moment_after_each_change_until_they_are_back()
    {
        await RunAsync(async watch =>
        {
            await ChangeAsync(watch, "127.0.0.1", "fe80::1", New);
            Told().ShouldBe(Old);
            await ChangeAsync(watch, "127.0.0.1");
            Told().ShouldBe($"{Old} {New} fe80::1");
            await ChangeAsync(watch, "127.0.0.1", Old, New, "fe80::1");
            Told().ShouldBe("");
        });
        _changes.ShouldBeGreaterThanOrEqualTo(4);
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
    public async Task What_nobody_tells_of_is_found_by_looking()
    {
        await RunAsync(async _ =>
        {
            // What rang before is over.
            int looks = Volatile.Read(ref _looks);
            await UntilAsync(() => Volatile.Read(ref _looks) > looks + 3, "it looks by itself");
            int before = Volatile.Read(ref _changes);
            _gone = "";
            _addresses = ["127.0.0.1", "fe80::1", New];
            await UntilAsync(() => Told() == Old, "it is found");
            Volatile.Read(ref _changes).ShouldBeGreaterThan(before);

            // Another way may come later, without a word.
            _gone = "";
            before = Volatile.Read(ref _changes);
            await UntilAsync(() => Told() == Old, "it is told again");
            Volatile.Read(ref _changes).ShouldBe(before);
        });
    }

    [Fact]
    public async Task Where_they_are_not_to_be_known_for_a_while_they_are_looked_for_again()
    {
        await RunAsync(async _ =>
        {
            _looksInVain = true;
            _gone = "";
            _addresses = [New];
            int before = Volatile.Read(ref _looks);
            await UntilAsync(() => Volatile.Read(ref _looks) > before + 3, "it goes on looking");
            Told().ShouldBe("");
            _looksInVain = false;
            await UntilAsync(() => Told() == $"{Old} 127.0.0.1 fe80::1", "it is found");
        });
    }

    [Fact]
    public async Task Of_very_many_that_are_gone_each_is_told_and_then_forgotten()
    {
        string[] many = [.. Enumerable.Range(0, 300).Select(static number => $"10.1.{number / 100}.{number % 100}")];
        await RunAsync(async watch =>
        {
            await ChangeAsync(watch, [Old, .. many]);
            HashSet<string> told = [];
            _told = told;
            await ChangeAsync(watch, Old);
            told.IsSupersetOf(many).ShouldBeTrue();
            await ChangeAsync(watch, New);
            Told().ShouldBe(Old);
        });
    }

    [Fact]
    public void This_machine_has_its_loopback() => NetworkWatch.OfThisMachine().ShouldNotBeNull().ShouldContain(IPAddress.Loopback);

    private string Told() => _gone;

    private async Task ChangeAsync(NetworkWatch watch, params string[] addresses)
    {
        _addresses = addresses;
        _gone = "";

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

    private Task UntilAsync(Func<bool> condition, string what) => Eventually.BeTrueAsync(
        () =>
        {
            _time.Advance(NetworkWatch.LookEvery);
            return condition();
        },
        what);

    private async Task RunAsync(Func<NetworkWatch, Task> check)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var watch = new NetworkWatch(() => Interlocked.Increment(ref _changes), Gone, Look, _time);
        Task running = watch.RunAsync(stop.Token);
        await ChangeAsync(watch, _addresses);
        await check(watch);
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(running);
    }

    private HashSet<IPAddress>? Look()
    {
        Interlocked.Increment(ref _looks);
        return _looksInVain ? null : [.. _addresses.Select(IPAddress.Parse)];
    }

    private void Gone(IReadOnlySet<IPAddress> gone)
    {
        string[] names = [.. gone.Select(static one => one.ToString()).Order(StringComparer.Ordinal)];
        _gone = string.Join(' ', names);
        _told?.UnionWith(names);
    }
}
