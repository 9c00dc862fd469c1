using ContentMonster.Delivering;
using ContentMonster.Diagnostics;
using ContentMonster.Ledger;
using ContentMonster.Model;

namespace ContentMonster.Tests.Delivering;

public sealed class ProgressSaverTests
{
    private static readonly FileVersion Version = Cargo.Version(1, 3 * Cargo.ChunkSize);
    private readonly Shipment _shipment = new(Cargo.Delivery(Version), new VesselProgress.ActiveEntry(Version));
    private readonly List<ChunkProgress> _saved = [];
    private readonly ProgressSaver _saver;
    private bool _ledgerFails;

    public ProgressSaverTests() => _saver = new ProgressSaver((_, chunks) =>
    {
        if (_ledgerFails)
        {
            return Task.FromException(new LedgerWriteException("Could not write into the ledger, because its disk is full."));
        }

        _saved.AddRange(chunks);
        return Task.CompletedTask;
    });

    [Fact]
    public async Task What_the_ledger_could_not_take_is_saved_later_with_what_came_since()
    {
        _shipment.Advance(0, 100, 100);
        _shipment.Advance(1, 10, 10);
        _ledgerFails = true;
        await Should.ThrowAsync<LedgerWriteException>(() => _saver.SaveAsync(_shipment));
        _shipment.Advance(0, 200, 100);
        _ledgerFails = false;
        await _saver.SaveAsync(_shipment);
        _saved.ShouldBe([new ChunkProgress(0, 200, null), new ChunkProgress(1, 10, null)]);
    }

    [Fact]
    public async Task What_an_ended_shipment_left_is_saved_before_the_next_one_begins()
    {
        _shipment.Advance(0, 100, 100);
        _ledgerFails = true;
        await Should.ThrowAsync<LedgerWriteException>(() => _saver.SaveAsync(_shipment));
        await Should.ThrowAsync<LedgerWriteException>(() => _saver.SaveAsync(_shipment));
        await Should.ThrowAsync<LedgerWriteException>(() => _saver.SaveLeftAsync());
        _ledgerFails = false;
        await _saver.SaveLeftAsync();
        _saved.ShouldBe([new ChunkProgress(0, 100, null)]);
        await _saver.SaveLeftAsync();
        _saved.Count.ShouldBe(1);
    }
}
