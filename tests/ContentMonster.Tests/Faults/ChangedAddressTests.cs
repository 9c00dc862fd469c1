using System.Net;
using System.Net.Sockets;
using ContentMonster.Daemon.Demo;
using ContentMonster.Tests.Servers;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Faults;

/// <summary>The shore's address changes while a file is under way, and the real daemon is in a network of its own.</summary>
public sealed class ChangedAddressTests
{
    private const int Size = 8_000_000;

    [Fact]
    public async Task What_is_under_way_goes_on_from_the_new_address_long_before_silence_would_tell()
    {
        using LinkedStacks stacks = LinkedStacks.Make();
        await using var bench = new FaultBench();
        string home = Directory.CreateDirectory(Path.Combine(bench.Scratch, "home")).FullName;
        await using ThrowawaySshd sshd = await ThrowawaySshd.StartAsync(
            new ThrowawaySshdOptions { ConfigLines = [$"ForceCommand cd '{home}' && HOME='{home}' exec sh -c \"$SSH_ORIGINAL_COMMAND\""] }, FaultBench.Token);
        await using var proxy = new CountingProxy(sshd.Port, LinkedStacks.In(stacks.Far, Listener));
        bench.Section(
            "Vessel ship", $"Address = {LinkedStacks.FarAddress}\nPort = {proxy.Port}\nUsername = {sshd.User}\nIdentityFile = {sshd.ClientKeyFile}\nTimeout = 10m\nBandwidthLimit = 1M\n");
        byte[] sha256 = bench.Put("file", Size);
        RunningDaemon daemon = bench.Start(under: ["ip", "netns", "exec", stacks.Near]);
        await bench.UntilAsync(() => proxy.Sent > Size / 4, "a quarter has gone");
        stacks.Renumber();
        await bench.UntilAsync(() => daemon.Said($"no longer the address {LinkedStacks.NearAddress}"), "that is told");
        await bench.UntilArchivedAsync("file");
        FaultBench.HashOf(Path.Combine(home, "inbox", "file")).ShouldBe(sha256);
        proxy.Sent.ShouldBeLessThan(Size * 3 / 2);
    }

    private static TcpListener Listener()
    {
        var listener = new TcpListener(IPAddress.Any, 0);
        listener.Start();
        return listener;
    }
}
