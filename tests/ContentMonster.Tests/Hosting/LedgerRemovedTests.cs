using ContentMonster.Configuration;
using ContentMonster.Daemon.Hosting;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Hosting;

public sealed class LedgerRemovedTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_daemon_whose_ledger_is_removed_says_so_saves_what_it_held_and_ends_and_starts_again_with_that()
    {
        using var scratch = new ScratchDirectory();
        Directory.CreateDirectory(scratch["films"]);
        await File.WriteAllTextAsync(scratch["films/one"], "x", Token);
        var settings = new Settings
        {
            Path = scratch["settings.ini"],
            Directories = [new DirectorySettings { Name = "films", Location = scratch["films"], RemoteLocation = "/inbox" }],
            Vessels = [new VesselSettings { Name = "ship", Address = "127.0.0.1", Port = 1, Username = "nobody" }],
        };
        StatePlace place = StatePlace.Of(settings, _ => null);
        var logs = new RecordingLoggers();
        var service = new Service(Engine.OpenAsync, logs, new HurriedTime(10), _ => null);
        Task<int> daemon = service.RunAsync(settings, place, once: false, Token);
        await StartedAsync(1);
        await Eventually.BeTrueAsync(() => logs.Lines.Any(line => line.StartsWith("Recorded 1 files", StringComparison.Ordinal)), "it is recorded");
        File.Delete(place.LedgerPath);
        (await daemon.WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, Token)).ShouldBe(ExitCode.Failed);
        logs.Lines.ShouldContain(line => line.Contains($"{place.LedgerPath} was removed or replaced", StringComparison.Ordinal));

        string saved = place.LedgerPath + ".saved-1";
        logs.Lines.ShouldContain(line => line.Contains($"is saved as {saved}", StringComparison.Ordinal));
        File.Exists(place.LedgerPath + "-wal").ShouldBeFalse();
        Posix.Run("mv", saved, place.LedgerPath);

        using var stop = new CancellationTokenSource();
        daemon = service.RunAsync(settings, place, once: false, stop.Token);
        await StartedAsync(2);
        (await ControlClient.AskAsync(place.SocketPath, new("status", Count: 10), TimeProvider.System, Token))!.Status!.Vessels.Single().WaitingFiles.ShouldBe(1);
        await stop.CancelAsync();
        (await daemon).ShouldBe(ExitCode.Done);

        Task StartedAsync(int times) => Eventually.BeTrueAsync(() => logs.Lines.Count(line => line.Contains(" runs with ", StringComparison.Ordinal)) == times, "it runs");
    }
}
