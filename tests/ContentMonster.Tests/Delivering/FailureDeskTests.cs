using ContentMonster.Configuration;
using ContentMonster.Delivering;
using ContentMonster.Diagnostics;
using ContentMonster.Ledger;
using ContentMonster.Model;
using ContentMonster.Tests.Ledger;
using ContentMonster.Tests.Support;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Delivering;

public sealed class FailureDeskTests : IAsyncLifetime
{
    private readonly LedgerRoom _room = new();
    private readonly RecordingLogger _log = new();
    private readonly TaskCompletionSource<VesselException> _troubled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly VesselProgress _progress = new ProgressBoard(TimeProvider.System).Vessel("ship");
    private SqliteLedger _ledger = null!;
    private Delivery _delivery = null!;
    private FailureDesk _desk = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _ledger = await _room.OpenAsync();
        await _ledger.DeclareAsync([new DeclaredDirectory("in", 0, ["ship"])], ["ship"], Token);
        await _ledger.RecordAsync("in", [new SeenFile(BytePath.FromText("file"), new FileStamp(1, 2, 3, 4, 5, 420))], 1 << 20, Token);
        var office = new VesselOffice
        {
            Settings = new VesselSettings { Name = "ship", Address = "ship" },
            Ledger = _ledger,
            Sources = new SourceLibrary(_ledger, new Dictionary<string, string>(StringComparer.Ordinal)),
            Progress = _progress,
            Time = TimeProvider.System,
            Random = new Random(1),
            Logger = _log,
            DestinationOf = version => version.Path,
            Delivered = static () => { },
        };
        _delivery = (await _ledger.QueueAsync("ship", 1, new HashSet<long>(), big: false, Token)).Single();
        _desk = new FailureDesk(office, new Setbacks(TimeProvider.System), _troubled);
    }

    public async ValueTask DisposeAsync()
    {
        await _ledger.DisposeAsync();
        _room.Dispose();
    }

    [Fact]
    public async Task A_ledger_that_cannot_be_written_is_the_shores_trouble_and_no_bug()
    {
        await _desk.FailedAsync(_delivery, new LedgerWriteException("Could not write into the ledger, because its disk is full: make room there."));

        MissingAt at = (await _ledger.MissingAsync(1, Token)).Single().Missing.Single();
        (at.Kind, at.LastError).ShouldBe((FailureKind.ShoreSetup, "Could not write into the ledger, because its disk is full: make room there."));
        _log.Lines.ShouldAllBe(line => !line.Contains("should not happen", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Want_of_memory_is_no_file_s_trouble_and_is_handed_on()
    {
        await Should.ThrowAsync<InsufficientMemoryException>(() => _desk.FailedAsync(_delivery, new InsufficientMemoryException()));
        _log.Lines.ShouldBeEmpty();
        (await _ledger.QueueAsync("ship", 1, new HashSet<long>(), big: false, Token)).ShouldHaveSingleItem().Failures.ShouldBe(0);
    }

    [Fact]
    public async Task A_file_under_a_command_that_hangs_steps_back_and_is_told_at_once()
    {
        await _desk.FailedAsync(_delivery, new VesselException(FailureKind.CommandHangs, "Could not hash."));

        MissingAt at = (await _ledger.MissingAsync(1, Token)).Single().Missing.Single();
        at.Kind.ShouldBe(FailureKind.CommandHangs);
        at.RetryAt.ShouldNotBeNull();
        _log.Lines.ShouldContain(line => line.Contains("Could not hash.", StringComparison.Ordinal));
        _progress.Trouble.ShouldNotBeNull().Kind.ShouldBe(FailureKind.CommandHangs);
        _troubled.Task.IsCompleted.ShouldBeFalse();
    }

    [Theory]
    [InlineData(FailureKind.PartMissing)]
    [InlineData(FailureKind.DestinationRefused)]
    public async Task Of_hundreds_that_fail_alike_some_are_told_singly(FailureKind kind)
    {
        for (int failure = 0; failure < 300; failure++)
        {
            await _desk.FailedAsync(_delivery, new VesselException(kind, "Could not write it."));
        }

        _log.Lines.Count(line => line.Contains("Could not write it.", StringComparison.Ordinal)).ShouldBe(FailureNews.MostInAMinute);
        _log.Lines.Count(line => line.Contains("More files fail alike on ship", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Theory]
    [InlineData(FailureKind.ConnectionLost, 3)]
    [InlineData(FailureKind.LoginHangs, 1)]
    [InlineData(FailureKind.LoginRefused, 1)]
    [InlineData(FailureKind.HostKeyChanged, 1)]
    public async Task A_link_that_is_lost_again_and_again_is_the_vessels_trouble_and_a_tool_that_hangs_or_a_refused_login_at_once(FailureKind kind, int failures)
    {
        for (int failure = 1; failure <= failures; failure++)
        {
            _troubled.Task.IsCompleted.ShouldBeFalse();
            await _desk.FailedAsync(_delivery, new VesselException(kind, "Could not hash."));
        }

        _troubled.Task.IsCompletedSuccessfully.ShouldBeTrue();
        (await _troubled.Task).Kind.ShouldBe(kind);
        (await _ledger.MissingAsync(1, Token)).Single().Missing.Single().Kind.ShouldBeNull();
    }
}
