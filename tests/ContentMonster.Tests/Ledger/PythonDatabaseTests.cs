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
    public void Files_come_with_the_vessels_that_had_them()
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
        IReadOnlyList<ImportedFile> files = PythonDatabase.Read(_room.File);
        files.Select(file => $"{file.Directory}/{Encoding.Latin1.GetString(file.Name.Span)} {file.Sha256[..2]} {string.Join('+', file.Vessels)}").ShouldBe(
            [$"in/{Encoding.Latin1.GetString("ä b.txt"u8)} aa v1+v2", "in/none bb ", "in/twice aa v1+v2", "in/ÿA aa "]);
        File.ReadAllBytes(_room.File).ShouldBe(before);
        Directory.GetFiles(_room.Folder).Length.ShouldBe(1);
    }

    [Fact]
    public void What_is_no_such_database_is_said_in_words()
    {
        PythonDatabase.LooksLikeOne(_room.File).ShouldBeFalse();
        Should.Throw<LedgerRefusedException>(() => PythonDatabase.Read(_room.File)).Message.ShouldContain("no such file");

        File.WriteAllText(_room.File, new string('x', 4096));
        PythonDatabase.LooksLikeOne(_room.File).ShouldBeFalse();
        Should.Throw<LedgerRefusedException>(() => PythonDatabase.Read(_room.File)).Message.ShouldContain("SQLite");

        File.Delete(_room.File);
        Make("create table other (x)");
        PythonDatabase.LooksLikeOne(_room.File).ShouldBeFalse();
        Should.Throw<LedgerRefusedException>(() => PythonDatabase.Read(_room.File)).Message.ShouldContain("contentmonster_file");
    }

    [Fact]
    public void An_unknown_schema_is_refused()
    {
        Make(Schema + "update contentmonster_settings set value = '3'");
        Should.Throw<LedgerRefusedException>(() => PythonDatabase.Read(_room.File)).Message.ShouldContain("schema 3");
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
