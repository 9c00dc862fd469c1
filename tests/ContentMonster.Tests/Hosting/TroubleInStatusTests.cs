using ContentMonster.Configuration;
using ContentMonster.Daemon.Demo;
using ContentMonster.Daemon.Hosting;
using ContentMonster.Diagnostics;
using ContentMonster.Model;
using ContentMonster.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace ContentMonster.Tests.Hosting;

public sealed class TroubleInStatusTests
{
    [Fact]
    public async Task A_vessel_that_failed_is_told_with_kind_message_remedy_and_next_attempt_while_the_daemon_runs_and_after()
    {
        using var scratch = new ScratchDirectory();
        Directory.CreateDirectory(scratch["films"]);
        File.WriteAllText(scratch["films/one"], "x");
        await using ThrowawaySshd sshd = await ThrowawaySshd.StartAsync(new(), TestContext.Current.CancellationToken);
        (await ProcessText.RunAsync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", scratch["wrong"]])).Exit.ExitCode.ShouldBe(0);
        VesselSettings refused = new() { Name = "refused", Address = "127.0.0.1", Port = sshd.Port, Username = sshd.User, IdentityFile = scratch["wrong"] };
        var settings = new Settings
        {
            Path = scratch["settings.ini"],
            Directories = [new DirectorySettings { Name = "films", Location = scratch["films"], RemoteLocation = scratch["inbox"], SettleTime = TimeSpan.Zero }],
            Vessels = [refused, refused with { Name = "dead", Port = 1 }],
        };
        StatePlace place = StatePlace.Of(settings, _ => null);
        using var stop = new CancellationTokenSource();
        var service = new Service(Engine.OpenAsync, NullLoggerFactory.Instance, TimeProvider.System, _ => null);
        Task<int> daemon = service.RunAsync(settings, place, once: false, stop.Token);
        StatusReport? report = null;
        for (long begun = TimeProvider.System.GetTimestamp(); report is null || report.Vessels.Any(vessel => vessel.LastError is null);)
        {
            TimeProvider.System.GetElapsedTime(begun).ShouldBeLessThan(TimeSpan.FromSeconds(90));
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, TestContext.Current.CancellationToken);
            report = (await ControlClient.AskAsync(place.SocketPath, new("status", Count: 10), TimeProvider.System, TestContext.Current.CancellationToken))?.Status;
        }

        VesselStatus login = report.Vessels.Single(vessel => vessel.Name == "refused");
        login.ErrorKind.ShouldBe(FailureKind.LoginRefused);
        login.State.ShouldBe(nameof(VesselState.Stopped));
        login.LastError.ShouldNotBeNull().ShouldEndWith(".");
        login.Advice.ShouldNotBeNull().ShouldContain("authorized_keys");
        login.NextAttempt.ShouldNotBeNull().ShouldBeGreaterThan(report.At.AddMinutes(5));
        report.Vessels.Single(vessel => vessel.Name == "dead").ErrorKind.ShouldBe(FailureKind.Unreachable);
        await stop.CancelAsync();
        (await daemon).ShouldBe(0);

        await using ILedgerView ledger = (await Rooms.Real.OpenLedger(place.LedgerPath, TestContext.Current.CancellationToken)).ShouldNotBeNull();
        StatusReport later = await StatusReport.FromAsync(ledger, 10, TimeProvider.System.GetUtcNow(), TestContext.Current.CancellationToken);
        VesselStatus stopped = later.Vessels.Single(vessel => vessel.Name == "refused");
        stopped.State.ShouldBe(VesselStatus.Unattended);
        stopped.Advice.ShouldBe(login.Advice);
        stopped.NextAttempt.ShouldBeNull();
    }
}
