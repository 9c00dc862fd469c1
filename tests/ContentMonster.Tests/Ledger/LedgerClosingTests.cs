using ContentMonster.Ledger;
using ContentMonster.Tests.Faults;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Ledger;

/// <summary>How a ledger is closed whose disk is full, so that its clean end cannot be noted.</summary>
public sealed class LedgerClosingTests : IDisposable
{
    private readonly LedgerRoom _room = new();

    public void Dispose() => _room.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_failed_before_matters_more_and_it_is_closed_all_the_same(bool failedBefore)
    {
        Assert.SkipUnless(Posix.IsRoot, "Mounting takes root.");
        using var disk = new SmallDisk(Path.Combine(_room.Folder, "disk"), "2m");
        string path = Path.Combine(_room.Folder, "disk", "ledger");
        string ballast = Path.Combine(_room.Folder, "disk", "ballast");
        SqliteLedger ledger = await _room.OpenAsync(path);
        disk.Fill(ballast);
        if (failedBefore)
        {
            await ledger.CloseAsync(new InvalidDataException("the reason"));
        }
        else
        {
            (await Should.ThrowAsync<LedgerWriteException>(() => ledger.CloseAsync(null))).Message.ShouldContain("its disk is full");
        }

        File.Delete(ballast);
        await (await _room.OpenAsync(path)).DisposeAsync();
    }
}
