using System.Runtime.InteropServices;
using ContentMonster.Ledger;
using ContentMonster.Model;
using Microsoft.Data.Sqlite;

namespace ContentMonster.Tests.Ledger;

/// <summary>Reading beside the daemon, without it, and without any right to write.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed partial class LedgerReaderTests : IDisposable
{
    private readonly LedgerRoom _room = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _room.Dispose();

    [Fact]
    public async Task A_reader_sees_what_the_daemon_books_while_it_runs()
    {
        await using SqliteLedger ledger = await _room.OpenAsync();
        using LedgerReader reader = LedgerReader.Open(_room.File);
        (await reader.TotalsAsync(Token)).LiveFiles.ShouldBe(0);
        await FillAsync(ledger);
        await ShouldShowAllAsync(reader);
    }

    [Fact]
    public async Task A_reader_needs_no_daemon_and_leaves_nothing_behind_that_stops_the_next()
    {
        await MakeAsync();
        using (LedgerReader reader = LedgerReader.Open(_room.File))
        {
            await ShouldShowAllAsync(reader);
        }

        await (await _room.OpenAsync()).DisposeAsync();
    }

    [Fact]
    public async Task A_ledger_that_an_older_version_made_is_told_as_that_until_the_daemon_has_started()
    {
        await MakeAsync();
        using (var older = new SqliteConnection($"Data Source={_room.File};Pooling=False"))
        {
            await older.OpenAsync(Token);
            SqliteCommand change = older.CreateCommand();
            change.CommandText = "drop table archive; alter table directory drop column archived_before; alter table version drop column kept; pragma user_version = 4";
            await change.ExecuteNonQueryAsync(Token);
        }

        using (LedgerReader reader = LedgerReader.Open(_room.File))
        {
            (await Should.ThrowAsync<LedgerException>(() => reader.MissingAsync(10, Token))).Message.ShouldContain("because an older version of this program made it: start the daemon");
        }

        await (await _room.OpenAsync()).DisposeAsync();
        using LedgerReader again = LedgerReader.Open(_room.File);
        await ShouldShowAllAsync(again);
    }

    [Fact]
    public async Task After_a_clean_stop_a_reader_needs_no_right_to_write()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess && OperatingSystem.IsLinux(), "only root can read as somebody else here");
        await MakeAsync();
        File.SetUnixFileMode(_room.Folder, (UnixFileMode)0b111_101_101);
        File.SetUnixFileMode(_room.File, (UnixFileMode)0b110_100_100);
        LedgerReader? reader = null;
        Exception? fault = null;
        var nobody = new Thread(() =>
        {
            // The rights of this thread alone; what it opens stays open for the others.
            _ = SetFileSystemUser(65534);
            try
            {
                Should.Throw<UnauthorizedAccessException>(() => File.WriteAllText(Path.Combine(_room.Folder, "x"), ""));
                reader = LedgerReader.Open(_room.File);
            }
            catch (Exception caught)
            {
                fault = caught;
            }
        });
        nobody.Start();
        nobody.Join();
        fault.ShouldBeNull();
        await ShouldShowAllAsync(reader!);
        reader!.Dispose();
        Directory.GetFiles(_room.Folder).Length.ShouldBe(2);
    }

    [Fact]
    public async Task A_missing_or_empty_ledger_is_said_in_words()
    {
        Should.Throw<LedgerRefusedException>(() => LedgerReader.Open(_room.File)).Message.ShouldContain("there is none");
        await File.WriteAllBytesAsync(_room.File, [], Token);
        Should.Throw<LedgerRefusedException>(() => LedgerReader.Open(_room.File)).Message.ShouldContain("empty");
        await File.WriteAllTextAsync(_room.File, new string('x', 5000), Token);
        Should.Throw<LedgerDamagedException>(() => LedgerReader.Open(_room.File));
    }

    private static async Task FillAsync(SqliteLedger ledger)
    {
        await ledger.DeclareAsync([new("in", 0, ["v1", "v2"])], ["v1", "v2"], Token);
        await ledger.RecordAsync("in", [new SeenFile(BytePath.FromText("a"), new FileStamp(1, 1, 10, 1, 1, 1))], 100, Token);
        await ledger.RefuseAsync("in", BytePath.FromText("l"), "a link", Token);
        await ledger.PublishedAsync([new PublishedDelivery(1, "v1", VerifiedBy.RemoteHash, true, 10)], Token);
    }

    private static async Task ShouldShowAllAsync(LedgerReader reader)
    {
        (await reader.TotalsAsync(Token)).Vessels.Select(one => one.WaitingFiles).ShouldBe([0, 1]);
        (await reader.MissingAsync(10, Token)).Single().Missing.Single().Vessel.ShouldBe("v2");
        (await reader.RefusedAsync(10, Token)).Single().Reason.ShouldBe("a link");
        (await reader.HistoryAsync(10, Token)).Single().Vessel.ShouldBe("v1");
    }

    [LibraryImport("libc", EntryPoint = "setfsuid")]
    private static partial int SetFileSystemUser(uint user);

    private async Task MakeAsync()
    {
        await using SqliteLedger ledger = await _room.OpenAsync();
        await FillAsync(ledger);
        await ledger.CloseCleanlyAsync(Token);
    }
}
