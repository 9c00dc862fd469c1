using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using ContentMonster.Ledger;
using ContentMonster.Model;
using Microsoft.Data.Sqlite;

namespace ContentMonster.Tests.Ledger;

/// <summary>What is and what is not taken for a ledger.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class LedgerFileTests : IDisposable
{
    private readonly LedgerRoom _room = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _room.Dispose();

    [Fact]
    public async Task The_file_and_all_beside_it_are_ours_alone()
    {
        await File.WriteAllBytesAsync(_room.File, [], Token);
        File.SetUnixFileMode(_room.File, (UnixFileMode)0b110_110_110);
        await using SqliteLedger ledger = await _room.OpenAsync();
        await ledger.DeclareAsync([], ["v1"], Token);
        string[] files = Directory.GetFiles(_room.Folder);
        files.Length.ShouldBe(4);
        files.ShouldAllBe(file => File.GetUnixFileMode(file) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Fact]
    public async Task A_second_daemon_is_refused_with_the_first_ones_process_id()
    {
        await using (await _room.OpenAsync())
        {
            LedgerInUseException refused = await Should.ThrowAsync<LedgerInUseException>(_room.OpenAsync);
            refused.ProcessId.ShouldBe(Environment.ProcessId);
            refused.Message.ShouldContain(Environment.ProcessId.ToString());
        }

        await (await _room.OpenAsync()).DisposeAsync();
    }

    [Theory]
    [InlineData("")]
    [InlineData(".lock")]
    public async Task A_symbolic_link_is_refused(string suffix)
    {
        string target = Path.Combine(_room.Folder, "target");
        await File.WriteAllTextAsync(target, "precious", Token);
        File.CreateSymbolicLink(_room.File + suffix, target);
        (await Should.ThrowAsync<LedgerRefusedException>(_room.OpenAsync)).Message.ShouldContain("symbolic link");
        (await File.ReadAllTextAsync(target, Token)).ShouldBe("precious");
    }

    [Fact]
    public async Task Another_users_file_is_refused()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root can give files away");
        await (await _room.OpenAsync()).DisposeAsync();
        await RunAsync("chown", "65534", _room.File);
        (await Should.ThrowAsync<LedgerRefusedException>(_room.OpenAsync)).Message.ShouldContain("65534");
    }

    [Fact]
    public void A_network_disk_is_refused_and_a_local_one_is_not()
    {
        Should.Throw<LedgerRefusedException>(() => LedgerFile.RefuseNetworkDisk("/x", "nfs"));
        Should.NotThrow(() => LedgerFile.RefuseNetworkDisk("/x", "ext3"));
        LedgerFile.FormatOf("/proc").ShouldBe("proc");
    }

    [Fact]
    public async Task What_is_no_file_is_refused_and_keeps_its_rights()
    {
        await RunAsync("mkfifo", "-m", "644", _room.File);
        (await Should.ThrowAsync<LedgerRefusedException>(_room.OpenAsync)).Message.ShouldContain("no file, but a device, a socket or a pipe");
        Should.Throw<LedgerRefusedException>(() => LedgerReader.Open(_room.File)).Message.ShouldContain("Name a file as Database");
        File.GetUnixFileMode(_room.File).ShouldBe((UnixFileMode)0b110_100_100);
        Should.Throw<LedgerRefusedException>(() => LedgerFile.Prepare("/dev/null"));
        File.Exists(DaemonLock.PathOf(_room.File)).ShouldBeFalse();
        PythonDatabase.LooksLikeOne(_room.File).ShouldBeFalse();
        ContentMonster.Daemon.Hosting.PythonDatabase.Is(_room.File).ShouldBeFalse();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_file_of_somebody_else_is_refused_and_keeps_its_rights(bool database)
    {
        if (database)
        {
            PythonDatabaseFile.Make(_room.File, "in", new Dictionary<string, string>(StringComparer.Ordinal), "v");
        }
        else
        {
            await File.WriteAllTextAsync(_room.File, new string('x', 4096), Token);
        }

        File.SetUnixFileMode(_room.File, (UnixFileMode)0b110_100_100);
        (await Should.ThrowAsync<LedgerException>(_room.OpenAsync)).Message.ShouldContain("ame another file as Database");
        File.GetUnixFileMode(_room.File).ShouldBe((UnixFileMode)0b110_100_100);
        Directory.GetFiles(_room.Folder).ShouldBe([_room.File]);
    }

    [Theory]
    [InlineData("precious\n")]
    [InlineData("12a\n")]
    [InlineData("\n")]
    [InlineData("123")]
    [InlineData("1234567890123456\n")]
    public async Task Another_programs_file_with_the_name_of_the_lock_is_refused_and_left_as_it_is(string content)
    {
        string path = DaemonLock.PathOf(_room.File);
        await File.WriteAllTextAsync(path, content, Token);
        (await Should.ThrowAsync<LedgerRefusedException>(_room.OpenAsync)).Message.ShouldContain($"{path} holds something else than a process id");
        (await File.ReadAllTextAsync(path, Token)).ShouldBe(content);
        Directory.GetFiles(_room.Folder).ShouldBe([path]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("4194304\n")]
    [InlineData("\0\0\0\0")] // as a power cut may leave it
    public async Task A_lock_that_an_earlier_daemon_left_is_taken(string content)
    {
        await File.WriteAllTextAsync(DaemonLock.PathOf(_room.File), content, Token);
        await using SqliteLedger ledger = await _room.OpenAsync();
        DaemonLock.LastOwner(_room.File).ShouldBe(Environment.ProcessId);
    }

    [Fact]
    public async Task What_stands_in_place_of_the_lock_is_told_as_that()
    {
        Directory.CreateDirectory(DaemonLock.PathOf(_room.File));
        (await Should.ThrowAsync<LedgerRefusedException>(_room.OpenAsync)).Message.ShouldContain("remove what stands there");
    }

    [Fact]
    public async Task A_place_where_nothing_can_be_made_is_told_with_the_key_that_names_it()
    {
        (await Should.ThrowAsync<LedgerRefusedException>(() => _room.OpenAsync("/proc/no"))).Message.ShouldContain("name a file elsewhere as Database");
        await File.WriteAllTextAsync(_room.File, "", Token);
        Should.Throw<LedgerRefusedException>(() => LedgerFile.MakeFolder(_room.File)).Message.ShouldContain("name a file elsewhere as Database");
        Should.Throw<LedgerRefusedException>(() => LedgerFile.MakeFolder("/proc/no")).Message.ShouldContain("name a file elsewhere as Database");
    }

    [Fact]
    public async Task A_missing_folder_is_named() =>
        (await Should.ThrowAsync<LedgerRefusedException>(() => _room.OpenAsync(Path.Combine(_room.Folder, "no", "l")))).Message.ShouldContain("folder");

    [Fact]
    public async Task Garbage_is_refused_with_advice_and_left_as_it_is()
    {
        byte[] garbage = new byte[8192];
        new Random(4).NextBytes(garbage);
        await File.WriteAllBytesAsync(_room.File, garbage, Token);
        (await Should.ThrowAsync<LedgerDamagedException>(_room.OpenAsync)).Message.ShouldContain("Restore a backup");
        (await File.ReadAllBytesAsync(_room.File, Token)).ShouldBe(garbage);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_truncated_ledger_is_refused_however_it_was_stopped(bool cleanly)
    {
        await MakeAsync(cleanly);
        using (FileStream file = File.OpenWrite(_room.File))
        {
            file.SetLength(file.Length / 2 / 4096 * 4096);
        }

        await Should.ThrowAsync<LedgerDamagedException>(_room.OpenAsync);
    }

    [Fact]
    public async Task A_damaged_page_is_found_after_an_unclean_stop()
    {
        await MakeAsync(cleanly: false);
        using (FileStream file = File.OpenWrite(_room.File))
        {
            for (long page = 4096 * 10; page < file.Length; page += 4096)
            {
                file.Position = page;
                file.Write(new byte[64]);
            }
        }

        await Should.ThrowAsync<LedgerDamagedException>(_room.OpenAsync);
    }

    // Two pages of a table have changed places: each is sound in itself, and the start reads neither.
    [Fact]
    public async Task Damage_that_only_a_look_at_every_page_shows_is_found_after_an_unclean_stop()
    {
        await MakeAsync(cleanly: false);
        SwapPages(await RootPageAsync("version"));
        byte[] before = await File.ReadAllBytesAsync(_room.File, Token);
        (await Should.ThrowAsync<LedgerDamagedException>(_room.OpenAsync)).Message.ShouldContain("Restore a backup");
        (await File.ReadAllBytesAsync(_room.File, Token)).ShouldBe(before);
    }

    [Fact]
    public async Task A_daemon_that_was_killed_after_a_clean_stop_of_the_one_before_is_looked_through_too()
    {
        await MakeAsync(cleanly: true);
        await using SqliteLedger running = await _room.OpenAsync();
        await using SqliteConnection database = new($"Data Source={_room.CopyAsCrashed()};Pooling=False;Mode=ReadOnly");
        await database.OpenAsync(Token);
        await using SqliteCommand command = database.CreateCommand();
        command.CommandText = "select stopped_clean from shore";
        (await command.ExecuteScalarAsync(Token)).ShouldBe(0L);
    }

    [Fact]
    public async Task An_emptied_file_beside_its_log_is_refused()
    {
        await File.WriteAllBytesAsync(_room.File, [], Token);
        await File.WriteAllBytesAsync(_room.File + "-wal", [1], Token);
        await Should.ThrowAsync<LedgerDamagedException>(_room.OpenAsync);
        File.Exists(_room.File + "-wal").ShouldBeTrue();
    }

    [Fact]
    public async Task A_newer_schema_is_refused_with_advice()
    {
        await MakeAsync(cleanly: true);
        await RunAsync("sqlite3", _room.File, "pragma user_version = 999");
        (await Should.ThrowAsync<LedgerRefusedException>(_room.OpenAsync)).Message.ShouldContain("999");
        Should.Throw<LedgerRefusedException>(() => LedgerReader.Open(_room.File));
    }

    [Theory]
    [InlineData("delete", false)]
    [InlineData("wal", false)]
    [InlineData("wal", true)]
    public async Task Another_programs_database_is_refused_and_left_as_it_is_with_nothing_beside_it(string journal, bool locked)
    {
        await RunAsync("sqlite3", _room.File, $"pragma journal_mode = {journal}; create table precious (x); insert into precious values (1)");
        if (locked)
        {
            await File.WriteAllTextAsync(DaemonLock.PathOf(_room.File), "1\n", Token);
        }

        byte[] before = await File.ReadAllBytesAsync(_room.File, Token);
        (await Should.ThrowAsync<LedgerRefusedException>(_room.OpenAsync)).Message.ShouldContain("database of another program");
        (await File.ReadAllBytesAsync(_room.File, Token)).ShouldBe(before);
        Directory.GetFiles(_room.Folder).Order(StringComparer.Ordinal).ShouldBe(locked ? [_room.File, DaemonLock.PathOf(_room.File)] : [_room.File]);
        DaemonLock.LastOwner(_room.File).ShouldBe(locked ? 1 : null);
    }

    // The log is brought in page by page, and a power cut tears what is being written.
    [Fact]
    public async Task A_head_that_a_power_cut_tore_is_mended_from_the_log()
    {
        await using SqliteLedger running = await _room.OpenAsync();
        await running.DeclareAsync([], ["v1"], Token);
        string crashed = _room.CopyAsCrashed();
        using (FileStream file = File.OpenWrite(crashed))
        {
            file.SetLength(0);
            file.SetLength(4096);
        }

        await using SqliteLedger mended = await _room.OpenAsync(crashed);
        (await mended.TotalsAsync(Token)).Vessels.Select(vessel => vessel.Vessel).ShouldBe(["v1"]);
    }

    [Fact]
    public async Task A_clean_stop_leaves_one_file()
    {
        await MakeAsync(cleanly: true);
        Directory.GetFiles(_room.Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal).ShouldBe(["ledger.sqlite3", "ledger.sqlite3.lock"]);
        using SqliteConnection database = new($"Data Source={_room.File};Pooling=False");
        database.Open();
        using SqliteCommand command = database.CreateCommand();
        command.CommandText = "select stopped_clean from shore";
        command.ExecuteScalar().ShouldBe(1L);
    }

    private async Task<int> RootPageAsync(string table)
    {
        await using SqliteConnection database = new($"Data Source={_room.File};Pooling=False;Mode=ReadOnly");
        await database.OpenAsync(Token);
        await using SqliteCommand command = database.CreateCommand();
        command.CommandText = "select rootpage from sqlite_master where name = $name";
        command.Parameters.AddWithValue("$name", table);
        return Convert.ToInt32(await command.ExecuteScalarAsync(Token), CultureInfo.InvariantCulture);
    }

    // A cell of an interior page begins with the number of the page that it leads to. https://www.sqlite.org/fileformat.html
    private void SwapPages(int root)
    {
        using FileStream file = File.Open(_room.File, FileMode.Open);
        byte[] page = new byte[4096];
        file.Position = (root - 1L) * page.Length;
        file.ReadExactly(page);
        page[0].ShouldBe((byte)5, "it has more than one page");
        Span<byte> one = page.AsSpan(BinaryPrimitives.ReadUInt16BigEndian(page.AsSpan(12)), 4);
        Span<byte> other = page.AsSpan(BinaryPrimitives.ReadUInt16BigEndian(page.AsSpan(14)), 4);
        byte[] kept = one.ToArray();
        other.CopyTo(one);
        kept.CopyTo(other);
        file.Position = (root - 1L) * page.Length;
        file.Write(page);
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using Process process = Process.Start(program, arguments);
        await process.WaitForExitAsync(Token);
        process.ExitCode.ShouldBe(0);
    }

    private async Task MakeAsync(bool cleanly)
    {
        await using SqliteLedger ledger = await _room.OpenAsync();
        await ledger.DeclareAsync([new("in", 0, ["v1"])], ["v1"], Token);
        SeenFile[] files = [.. Enumerable.Range(0, 2000).Select(i => new SeenFile(BytePath.FromText($"file {i}"), new FileStamp(1, i, 1, 1, 1, 1)))];
        await ledger.RecordAsync("in", files, 100, Token);
        if (cleanly)
        {
            await ledger.CloseCleanlyAsync(Token);
        }
    }
}
