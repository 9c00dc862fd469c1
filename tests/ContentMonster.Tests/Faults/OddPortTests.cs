using System.Text;
using ContentMonster.Daemon.Hosting;
using ContentMonster.Model;
using ContentMonster.Tests.Commands;
using ContentMonster.Tests.Servers;

namespace ContentMonster.Tests.Faults;

/// <summary>Something takes the connection, and no SSH server is behind it.</summary>
public sealed class OddPortTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);

    private const string Told = "does not speak SSH but HTTP, as a portal or a proxy does: HTTP/1.1 511 Network ";

    [Fact]
    public async Task A_first_line_that_trickles_for_ever_is_given_up_and_told()
    {
        await using OddPort port = OddPort.ThatTrickles(TimeSpan.FromSeconds(1));
        await using FaultBench bench = await FaultBench.WithVesselAsync();
        RunningDaemon daemon = Start(bench, port);
        await bench.UntilAsync(() => daemon.Said("odd is tried again in", "timed out during banner exchange"), "it is given up, and by the time that a first line may take");
        await bench.UntilAsync(
            async () => await daemon.StatusAsync("odd") is { ErrorKind: FailureKind.Unreachable, State: "BackingOff", NextAttempt: not null, Advice: not null, LastError: string error }
                && error.Contains("timed out during banner exchange", StringComparison.Ordinal), "status tells why");
        await ShouldBackOffAsync(bench, port);
    }

    // Side by side: most of it is waiting.
    [Fact]
    public Task A_portal_that_answers_with_HTTP_is_told_in_its_own_words_and_not_stormed() =>
        Task.WhenAll(ShouldTellOfPortalAsync(hangsUp: true), ShouldTellOfPortalAsync(hangsUp: false));

    [Theory]
    [InlineData("Exceeded MaxStartups", FailureKind.TooManyConnections, "its SSH server takes no connection now")]
    [InlineData("Not allowed at this time", FailureKind.Unreachable, "PerSourcePenaltyExemptList")]
    public async Task An_sshd_that_takes_no_more_connections_is_told_as_that(string says, FailureKind kind, string words)
    {
        await using OddPort port = OddPort.ThatAnswers(Encoding.ASCII.GetBytes($"{says}\r\n"), hangsUp: true);
        await using FaultBench bench = await FaultBench.WithVesselAsync();
        RunningDaemon daemon = Start(bench, port);
        await bench.UntilAsync(() => daemon.Said("odd is tried again in", words, $": {says}"), "the log tells that");
        (await daemon.StatusAsync("odd")).ShouldNotBeNull().ErrorKind.ShouldBe(kind);
        if (kind == FailureKind.TooManyConnections)
        {
            // One that was dialled for the try before may still be on its way.
            (int connections, int tries) = (port.Accepted, daemon.Count("odd is tried again in"));
            await bench.UntilAsync(() => daemon.Count("odd is tried again in") >= tries + 2, "it is tried again");
            (port.Accepted - connections).ShouldBeLessThanOrEqualTo(3, bench.Story());
        }

        await ShouldBackOffAsync(bench, port);
    }

    private static async Task ShouldTellOfPortalAsync(bool hangsUp)
    {
        byte[] answer = Encoding.Latin1.GetBytes("HTTP/1.1 511 Network \u001b[2JAuthentication Required\r\nContent-Type: text/html\r\n\r\n<html>Please log in.</html>\r\n");
        await using OddPort port = OddPort.ThatAnswers(answer, hangsUp);
        await using FaultBench bench = await FaultBench.WithVesselAsync();
        RunningDaemon daemon = Start(bench, port);
        await bench.UntilAsync(() => daemon.Said("odd is tried again in", Told), "the log tells who answers");
        daemon.Lines.ShouldAllBe(line => !line.Contains('\u001b', StringComparison.Ordinal));
        VesselStatus shown = (await daemon.StatusAsync("odd")).ShouldNotBeNull();
        shown.ErrorKind.ShouldBe(FailureKind.Unreachable);
        shown.LastError.ShouldNotBeNull().ShouldContain(Told);
        shown.Advice.ShouldNotBeNull().ShouldContain("portal or proxy");
        (_, string checkedOut, _) = await Executable.RunAsync(bench.Scratch, "check", "--config", bench.Settings);
        checkedOut.ShouldContain(Told);
        await ShouldBackOffAsync(bench, port);
    }

    private static RunningDaemon Start(FaultBench bench, OddPort port)
    {
        bench.Section("Vessel odd", $"Address = 127.0.0.1\nPort = {port.Port}\nTimeout = {Timeout.TotalSeconds:0}s");
        bench.Put("file.bin", 1 << 20);
        return bench.Start();
    }

    // 0, 1, 2, 4, 8 s: each attempt with a lane and a shell.
    private static async Task ShouldBackOffAsync(FaultBench bench, OddPort port)
    {
        int before = port.Accepted;
        await Task.Delay(TimeSpan.FromSeconds(10), TimeProvider.System, FaultBench.Token);
        await bench.UntilAsync(() => port.Accepted > before, "it is tried again and again");
        (port.Accepted - before).ShouldBeLessThanOrEqualTo(12, bench.Story());
        File.Exists(Path.Combine(bench.Vessel().Inbox, "file.bin")).ShouldBeTrue("the other vessel has it");
    }
}
