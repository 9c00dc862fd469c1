using ContentMonster.Ledger;
using Microsoft.Data.Sqlite;

namespace ContentMonster.Tests.Ledger;

public sealed class LedgerFaultTests
{
    [Theory]
    [InlineData(13, null, "its disk is full: make room there")]
    [InlineData(10, 0L, "its disk is full: make room there")]
    [InlineData(10, 65_535L, "its disk is full: make room there")]
    [InlineData(10, 65_536L, "its disk failed: see the kernel's log")]
    [InlineData(10, null, "its disk failed: see the kernel's log")]
    public void A_disk_without_room_is_not_told_as_a_broken_one(int code, long? free, string words) =>
        LedgerFault.From("open", "/state/ledger", new SqliteException("SQLite Error", code), folder => folder == "/state" ? free : null).Message.ShouldContain(words);

    [Fact]
    public void What_is_free_on_a_disk_is_asked_of_the_system()
    {
        LedgerFile.FreeBytes(Path.GetTempPath()).ShouldNotBeNull();
        LedgerFile.FreeBytes("/nowhere/at/all").ShouldBeNull();
    }
}
