using System.Diagnostics;
using System.Security.Cryptography;
using ContentMonster.Ledger;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Ledger;

public sealed class LedgerAfterReadersTests
{
    [Fact]
    public async Task A_reader_after_a_clean_stop_does_not_make_it_look_unclean()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        using var room = new LedgerRoom();
        await using (SqliteLedger ledger = await room.OpenAsync())
        {
            await ledger.CloseCleanlyAsync(token);
        }

        using (Process reader = Process.Start("sqlite3", ["-readonly", room.File, "select count(*) from shore", ".output /dev/null"]))
        {
            await reader.WaitForExitAsync(token);
        }

        File.Exists(room.File + "-wal").ShouldBeTrue("else this test proves nothing");
        var log = new RecordingLogger();
        await using (await SqliteLedger.OpenAsync(room.File, room.Clock, RandomNumberGenerator.Create(), log, token))
        {
            log.Lines.ShouldContain(line => line.StartsWith("Opened the ledger", StringComparison.Ordinal));
            log.Lines.ShouldNotContain(line => line.Contains("not closed cleanly", StringComparison.Ordinal));
        }
    }
}
