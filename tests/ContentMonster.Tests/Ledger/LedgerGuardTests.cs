using ContentMonster.Ledger;
using ContentMonster.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace ContentMonster.Tests.Ledger;

/// <summary>Somebody removes the ledger, or what lies beside it, while it is in use.</summary>
public sealed class LedgerGuardTests : IDisposable
{
    private static readonly string[] Suffixes = ["", "-wal", "-shm", ".lock"];
    private readonly LedgerRoom _room = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _room.Dispose();

    [Theory]
    [InlineData("", false)]
    [InlineData("", true)]
    [InlineData("-wal", false)]
    [InlineData("-shm", false)]
    [InlineData(".lock", false)]
    [InlineData(".lock", true)]
    public async Task A_file_that_is_removed_or_replaced_is_told_by_name(string suffix, bool replaced)
    {
        await using SqliteLedger ledger = await _room.OpenAsync();
        await ledger.DeclareAsync([], ["v1"], Token);
        ledger.ThrowIfDisplaced();
        File.Delete(_room.File + suffix);
        if (replaced)
        {
            await File.WriteAllTextAsync(_room.File + suffix, "another", Token);
        }

        Should.Throw<LedgerDisplacedException>(ledger.ThrowIfDisplaced).Message.ShouldContain($"{_room.File}{suffix} was removed or replaced");
    }

    [Fact]
    public async Task What_is_written_and_read_meanwhile_does_not_go_to_the_one_in_its_place_nor_is_that_harmed_at_the_end()
    {
        SqliteLedger ours = await _room.OpenAsync();
        await ours.DeclareAsync([], ["v1"], Token);
        foreach (string suffix in Suffixes)
        {
            Posix.Run("mv", _room.File + suffix, _room.File + ".away" + suffix);
        }

        await using SqliteLedger theirs = await _room.OpenAsync();
        await theirs.DeclareAsync([], ["v2"], Token);
        await ours.DeclareAsync([], ["v1", "v3"], Token);
        await ours.DisposeAsync();
        File.Exists(_room.File + "-wal").ShouldBeTrue();
        theirs.ThrowIfDisplaced();
        (await theirs.TotalsAsync(Token)).Vessels.Select(vessel => vessel.Vessel).ShouldBe(["v2"]);
    }

    [Fact]
    public async Task What_SQLite_itself_makes_anew_after_a_failure_is_no_alarm_and_is_guarded_again()
    {
        LedgerConnection connection = LedgerConnection.OpenWriter(await EmptyAsync());
        connection.Execute("create table t (n)");
        var guard = new LedgerGuard(_room.File);
        await using var writer = new LedgerWriter(_room.File, connection, guard, TimeProvider.System, NullLogger.Instance);

        // Without its transaction the commit fails, and all is opened anew.
        await Should.ThrowAsync<LedgerException>(() => writer.WriteAsync(one => one.Execute("rollback"), Token));
        guard.ThrowIfDisplaced();
        (await writer.WriteAsync(one => one.Execute("insert into t values (1)"), Token)).ShouldBe(1);
        guard.ThrowIfDisplaced();
        File.Delete(_room.File + "-wal");
        Should.Throw<LedgerDisplacedException>(guard.ThrowIfDisplaced);
    }

    [Fact]
    public async Task What_a_removed_one_held_is_saved_also_when_something_fails_before_the_end()
    {
        LedgerConnection connection = LedgerConnection.OpenWriter(await EmptyAsync());
        connection.Execute("create table t (n)");
        await using (var writer = new LedgerWriter(_room.File, connection, new LedgerGuard(_room.File), TimeProvider.System, NullLogger.Instance))
        {
            File.Delete(_room.File);
            await Should.ThrowAsync<LedgerException>(() => writer.WriteAsync(one => one.Execute("rollback"), Token));
            (await writer.WriteAsync(one => one.Execute("insert into t values (1)"), Token)).ShouldBe(1);
        }

        using LedgerConnection saved = LedgerConnection.OpenReader(_room.File + ".saved-1");
        saved.Number("select count(*) from t").ShouldBe(1);
    }

    [Theory]
    [InlineData("-wal")]
    [InlineData("-shm")]
    public async Task What_was_booked_is_saved_also_when_others_read_and_only_what_lies_beside_is_removed(string suffix)
    {
        SqliteLedger ledger = await _room.OpenAsync();
        await ledger.DeclareAsync([], ["v1"], Token);
        using LedgerConnection reader = LedgerConnection.OpenReader(_room.File);
        reader.Number("select count(*) from shore").ShouldBe(1);
        File.Delete(_room.File + suffix);
        await ledger.DisposeAsync();
        await using SqliteLedger saved = await _room.OpenAsync(_room.File + ".saved-1");
        (await saved.TotalsAsync(Token)).Vessels.Select(vessel => vessel.Vessel).ShouldBe(["v1"]);
    }

    [Fact]
    public async Task Where_it_cannot_be_saved_nothing_half_is_left_nor_an_old_log_beside_the_next_one()
    {
        SqliteLedger ledger = await _room.OpenAsync();
        await ledger.DeclareAsync([], ["v1"], Token);
        File.Delete(_room.File);
        Directory.CreateDirectory(_room.File + ".saving");
        await ledger.DisposeAsync();
        Directory.GetFiles(_room.Folder).ShouldBe([_room.File + ".lock"]);
        await using SqliteLedger next = await _room.OpenAsync();
        (await next.TotalsAsync(Token)).Vessels.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_backup_that_is_put_in_its_place_is_what_the_next_start_goes_on_with()
    {
        SqliteLedger ledger = await _room.OpenAsync();
        await ledger.DeclareAsync([], ["v1"], Token);
        string backup = _room.File + ".backup";
        using (LedgerConnection other = LedgerConnection.OpenWriter(_room.File))
        {
            other.Execute("vacuum into ?", backup);
        }

        await ledger.DeclareAsync([], ["v2"], Token);
        Posix.Run("mv", backup, _room.File);
        await ledger.DisposeAsync();
        File.Exists(_room.File + "-wal").ShouldBeFalse();
        await using SqliteLedger restored = await _room.OpenAsync();
        (await restored.TotalsAsync(Token)).Vessels.Select(vessel => vessel.Vessel).ShouldBe(["v1"]);
    }

    private async Task<string> EmptyAsync()
    {
        await (await _room.OpenAsync()).DisposeAsync();
        return _room.File;
    }
}
