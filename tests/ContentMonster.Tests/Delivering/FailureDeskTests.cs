using ContentMonster.Configuration;
using ContentMonster.Delivering;
using ContentMonster.Diagnostics;
using ContentMonster.Ledger;
using ContentMonster.Model;
using ContentMonster.Tests.Ledger;
using ContentMonster.Tests.Support;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Delivering;

public sealed class FailureDeskTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_ledger_that_cannot_be_written_is_the_shores_trouble_and_no_bug()
    {
        using var room = new LedgerRoom();
        await using SqliteLedger ledger = await room.OpenAsync();
        await ledger.DeclareAsync([new DeclaredDirectory("in", 0, ["ship"])], ["ship"], Token);
        await ledger.RecordAsync("in", [new SeenFile(BytePath.FromText("file"), new FileStamp(1, 2, 3, 4, 5, 420))], 1 << 20, Token);
        var log = new RecordingLogger();
        var office = new VesselOffice
        {
            Settings = new VesselSettings { Name = "ship", Address = "ship" },
            Ledger = ledger,
            Sources = new SourceLibrary(ledger, new Dictionary<string, string>(StringComparer.Ordinal)),
            Progress = new ProgressBoard(TimeProvider.System).Vessel("ship"),
            Time = TimeProvider.System,
            Random = new Random(1),
            Logger = log,
            DestinationOf = version => version.Path,
            Delivered = static () => { },
        };
        Delivery delivery = (await ledger.QueueAsync("ship", 1, new HashSet<long>(), big: false, Token)).Single();
        var desk = new FailureDesk(office, new Setbacks(TimeProvider.System), new TaskCompletionSource<VesselException>());
        await desk.FailedAsync(delivery, new LedgerWriteException("Could not write into the ledger, because its disk is full: make room there."));

        MissingAt at = (await ledger.MissingAsync(1, Token)).Single().Missing.Single();
        (at.Kind, at.LastError).ShouldBe((FailureKind.ShoreSetup, "Could not write into the ledger, because its disk is full: make room there."));
        log.Lines.ShouldAllBe(line => !line.Contains("should not happen", StringComparison.Ordinal));
    }
}
