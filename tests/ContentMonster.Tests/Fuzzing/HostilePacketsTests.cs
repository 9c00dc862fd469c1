using System.Diagnostics;
using System.Globalization;
using ContentMonster.Sftp.Client;
using ContentMonster.Sftp.Process;
using ContentMonster.Tests.Client;
using ContentMonster.Tests.Ssh;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Fuzzing;

/// <summary>Whatever a server sends, its own session ends with a named error, and that is all.</summary>
public sealed class HostilePacketsTests
{
    private const long UsualPackets = 200_000;
    private const long MostGrowthInBytes = 4 << 20;
    private const int SessionsAtOnce = 2;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Hostile_servers_are_borne_in_bounded_memory()
    {
        // In a process of its own: memory is that of the whole process, and here other tests run beside.
        using var scratch = new ScratchDirectory();
        var environment = new Dictionary<string, string>(StringComparer.Ordinal) { [OrphanTests.Report] = scratch["report"], [Campaign.CountVariable] = $"{UsualPackets}" };
        foreach (string name in (string[])["PATH", "HOME", "DOTNET_ROOT", Campaign.SeedVariable])
        {
            if (Environment.GetEnvironmentVariable(name) is { Length: > 0 } value)
            {
                environment[name] = value;
            }
        }

        string tests = Path.Combine(AppContext.BaseDirectory, "ContentMonster.Tests");
        await using SshProcess process = SshProcess.StartLocal(tests, ["-method", $"{typeof(HostilePacketsTests).FullName}.{nameof(Sessions_with_hostile_servers)}", "-explicit", "only", "-noColor"], environment);
        (string output, SshExit exit) = await EndOfAsync(process);
        exit.ExitCode.ShouldBe(0, output);
        string report = File.Exists(scratch["report"]) ? await File.ReadAllTextAsync(scratch["report"], Token) : output;
        report.ShouldContain("packets in");
        TestContext.Current.TestOutputHelper?.WriteLine(report);
    }

    /// <summary>The long run by hand: CONTENTMONSTER_FUZZ_COUNT packets.</summary>
    [Fact(Explicit = true)]
    public async Task Sessions_with_hostile_servers()
    {
        Campaign campaign = Campaign.Of(UsualPackets);
        bool replay = Environment.GetEnvironmentVariable(Campaign.SeedVariable) is { Length: > 0 };
        await using var bystander = new Bystander();
        long packets = 0;
        long sessions = 0;
        long begun = 0;
        long start = Stopwatch.GetTimestamp();

        async Task SomeAsync(long enough)
        {
            while (Interlocked.Read(ref packets) < enough)
            {
                int seed = campaign.SeedOf(Interlocked.Increment(ref begun) - 1);
                try
                {
                    Interlocked.Add(ref packets, await HostileSession.RunAsync(seed));
                }
                catch (Exception failure)
                {
                    throw Campaign.Named(seed, failure);
                }

                Interlocked.Increment(ref sessions);
                await bystander.IsUnhurtAsync();
            }
        }

        Task UntilAsync(long enough) => Task.WhenAll(Enumerable.Range(0, replay ? 1 : SessionsAtOnce).Select(_ => Task.Run(() => SomeAsync(enough))));

        // The shared pools of buffers are full by then: what grows after it is kept by somebody.
        await UntilAsync(campaign.Count / 2);
        long before = Settled();
        await UntilAsync(campaign.Count);
        long growth = Settled() - before;
        TimeSpan took = Stopwatch.GetElapsedTime(start);
        string report = string.Create(CultureInfo.InvariantCulture, $"{packets} packets in {sessions} sessions from seed {campaign.FirstSeed} on in {took.TotalSeconds:0.0} s: {packets / took.TotalSeconds:0} a second; live memory grew by {growth} bytes in the second half, peak resident set {PeakInKiB()} KiB");
        Campaign.Say($"{report}");
        growth.ShouldBeLessThan(MostGrowthInBytes, report);
        if (Environment.GetEnvironmentVariable(OrphanTests.Report) is { Length: > 0 } file)
        {
            await File.WriteAllTextAsync(file, report, Token);
        }
    }

    private static long Settled()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }

    private static long PeakInKiB()
    {
        string? line = File.Exists("/proc/self/status") ? File.ReadLines("/proc/self/status").FirstOrDefault(one => one.StartsWith("VmHWM:", StringComparison.Ordinal)) : null;
        return line is null ? 0 : long.Parse(string.Concat(line.Where(char.IsAsciiDigit)), CultureInfo.InvariantCulture);
    }

    private static async Task<(string Output, SshExit Exit)> EndOfAsync(SshProcess process)
    {
        using var output = new StreamReader(process.Transport);
        string text = await output.ReadToEndAsync(Token).WaitAsync(TimeSpan.FromMinutes(5), TimeProvider.System, Token);
        return (text, await process.Exited.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, Token));
    }

    /// <summary>A sound session beside the hostile ones.</summary>
    private sealed class Bystander : IAsyncDisposable
    {
        private readonly SemaphoreSlim _turn = new(1);
        private ScriptedPeer? _peer;

        public async Task IsUnhurtAsync()
        {
            await _turn.WaitAsync();
            try
            {
                _peer ??= await ScriptedPeer.ConnectedAsync();
                Task<SftpAttributes?> looking = _peer.Client.StatAsync("a"u8.ToArray(), CancellationToken.None);
                await _peer.SendAsync(ScriptedPeer.Status((await _peer.ReceiveAsync()).Id, SftpStatus.NoSuchFile));
                (await looking).ShouldBeNull();
            }
            finally
            {
                _turn.Release();
            }
        }

        public ValueTask DisposeAsync() => _peer?.DisposeAsync() ?? ValueTask.CompletedTask;
    }
}
