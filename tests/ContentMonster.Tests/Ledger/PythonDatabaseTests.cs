using System.Text;
using ContentMonster.Ledger;
using ContentMonster.Model;
using Microsoft.Data.Sqlite;

namespace ContentMonster.Tests.Ledger;

/// <summary>The Python program's own schema, versions 1 to 2.</summary>
public sealed class PythonDatabaseTests : IDisposable
{
    private const string Schema = """
        create table contentmonster_settings(key varchar(64) primary key, value text);
        insert into contentmonster_settings(key, value) values ('dbversion', '2');
        create table contentmonster_file(uuid varchar(36) primary key, directory varchar(128), name varchar(128), checksum varchar(64));
        create table contentmonster_file_log(file varchar(36), vessel varchar(128), primary key (file, vessel),
            foreign key (file) references contentmonster_files(uuid) on delete cascade);
        """;

    private readonly LedgerRoom _room = new();

    public void Dispose() => _room.Dispose();

    [Fact]
    public void Recorded_files_are_counted_once_and_nothing_is_changed()
    {
        string a = new('a', 64);
        string b = new('B', 64);
        Make($"""
            {Schema}
            insert into contentmonster_file values ('1', 'in', 'ä b.txt', '{a}'), ('2', 'in', 'none', '{b}'), ('3', 'in', 'twice', '{a}'), ('4', 'in', 'twice', '{a}'),
                ('5', 'in', 'bad', 'xyz'), ('6', null, 'bad', '{a}'), ('7', 'in', cast(x'ff41' as text), '{a}');
            insert into contentmonster_file_log values ('1', 'v1'), ('1', 'v2'), ('3', 'v1'), ('4', 'v2'), ('gone', 'v1');
            """);
        byte[] before = File.ReadAllBytes(_room.File);

        PythonDatabase.LooksLikeOne(_room.File).ShouldBeTrue();
        PythonDatabase.Count(_room.File).ShouldBe(5);
        File.ReadAllBytes(_room.File).ShouldBe(before);
        Directory.GetFiles(_room.Folder).Length.ShouldBe(1);
    }

    [Fact]
    public void What_is_no_such_database_is_said_in_words()
    {
        PythonDatabase.LooksLikeOne(_room.File).ShouldBeFalse();
        Should.Throw<LedgerRefusedException>(() => PythonDatabase.Count(_room.File)).Message.ShouldContain("no such file");

        File.WriteAllText(_room.File, new string('x', 4096));
        PythonDatabase.LooksLikeOne(_room.File).ShouldBeFalse();
        Should.Throw<LedgerRefusedException>(() => PythonDatabase.Count(_room.File)).Message.ShouldContain("SQLite");

        File.Delete(_room.File);
        Make("create table other (x)");
        PythonDatabase.LooksLikeOne(_room.File).ShouldBeFalse();
        Should.Throw<LedgerRefusedException>(() => PythonDatabase.Count(_room.File)).Message.ShouldContain("contentmonster_file");
    }

    [Fact]
    public void One_that_was_cut_off_while_it_was_written_is_not_passed_over()
    {
        Make(Schema);
        using SqliteConnection writing = new($"Data Source={_room.File};Pooling=False;Foreign Keys=False");
        writing.Open();
        using SqliteCommand command = writing.CreateCommand();
        command.CommandText = $"pragma cache_size = 1; begin; with recursive n(i) as (select 1 union all select i + 1 from n where i < 2000) insert into contentmonster_file select i, 'in', i, '{new string('a', 64)}' from n";
        command.ExecuteNonQuery();
        string copy = Path.Combine(_room.Folder, "copy");
        File.Copy(_room.File, copy);
        File.Copy(_room.File + "-journal", copy + "-journal");
        Should.Throw<LedgerRefusedException>(() => PythonDatabase.LooksLikeOne(copy)).Message.ShouldContain("start and stop it once more");
    }

    [Fact]
    public void An_unknown_schema_is_refused()
    {
        Make(Schema + "update contentmonster_settings set value = '3'");
        Should.Throw<LedgerRefusedException>(() => PythonDatabase.Count(_room.File)).Message.ShouldContain("schema 3");
    }

    [Fact]
    public async Task A_ledger_is_no_python_database_and_the_other_way_round()
    {
        Make(Schema);
        await Should.ThrowAsync<LedgerRefusedException>(_room.OpenAsync);
        string ledger = Path.Combine(_room.Folder, "other");
        await (await _room.OpenAsync(ledger)).DisposeAsync();
        PythonDatabase.LooksLikeOne(ledger).ShouldBeFalse();
    }

    /// <summary>As Python does it: without foreign keys, one of which names a table that does not exist.</summary>
    private void Make(string sql)
    {
        using SqliteConnection database = new($"Data Source={_room.File};Pooling=False;Foreign Keys=False");
        database.Open();
        using SqliteCommand command = database.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
