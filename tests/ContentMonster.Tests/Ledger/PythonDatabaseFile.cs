using Microsoft.Data.Sqlite;

namespace ContentMonster.Tests.Ledger;

/// <summary>A database as the Python program makes it (schema versions 1 to 2), without enforced foreign keys, one of which names a table that does not exist.</summary>
internal static class PythonDatabaseFile
{
    private const string Schema = """
        create table contentmonster_settings(key varchar(64) primary key, value text);
        insert into contentmonster_settings(key, value) values ('dbversion', '2');
        create table contentmonster_file(uuid varchar(36) primary key, directory varchar(128), name varchar(128), checksum varchar(64));
        create table contentmonster_file_log(file varchar(36), vessel varchar(128), primary key (file, vessel),
            foreign key (file) references contentmonster_files(uuid) on delete cascade);
        """;

    public static void Make(string path, string directory, IReadOnlyDictionary<string, string> sha256OfNames, params string[] vessels)
    {
        using SqliteConnection database = new($"Data Source={path};Pooling=False;Foreign Keys=False");
        database.Open();
        Execute(database, Schema);
        foreach ((string name, string sha256) in sha256OfNames)
        {
            string id = Guid.NewGuid().ToString();
            Execute(database, "insert into contentmonster_file values ($1, $2, $3, $4)", id, directory, name, sha256.ToLowerInvariant());
            foreach (string vessel in vessels)
            {
                Execute(database, "insert into contentmonster_file_log values ($1, $2)", id, vessel);
            }
        }
    }

    private static void Execute(SqliteConnection database, string sql, params string[] values)
    {
        using SqliteCommand command = database.CreateCommand();
        command.CommandText = sql;
        for (int at = 0; at < values.Length; at++)
        {
            command.Parameters.AddWithValue($"${at + 1}", values[at]);
        }

        command.ExecuteNonQuery();
    }
}
