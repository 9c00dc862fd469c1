using System.Globalization;
using System.Resources;
using Microsoft.Extensions.Logging;

namespace ContentMonster.Ledger;

/// <summary>Brings a ledger to the newest schema: one numbered file of Migrations/ after the other, each in a transaction of its own.</summary>
internal static class Migrations
{
    /// <summary>In the file's header, so that no other program's database is taken for a ledger: "CMon".</summary>
    public const int ApplicationId = 0x434D6F6E;

    private static readonly IReadOnlyList<(int Number, string Resource)> Known = FindAll();

    public static int Newest => Known[^1].Number;

    public static void Apply(LedgerConnection connection, string path, ILogger log)
    {
        RefuseForeign(connection, path);
        long there = connection.Number("pragma user_version") ?? 0;
        foreach ((int number, string resource) in Known)
        {
            if (number <= there)
            {
                continue;
            }

            connection.Script($"begin immediate; {Read(resource)} pragma user_version = {number}; pragma application_id = {ApplicationId}; commit;");
            log.Migrated(path, number);
        }
    }

    /// <summary>Refuses what is no ledger, and one that a newer program has written.</summary>
    public static void RefuseForeign(LedgerConnection connection, string path)
    {
        bool isEmpty = connection.Number("select count(*) from sqlite_master") == 0;
        if (!isEmpty && connection.Number("pragma application_id") != ApplicationId)
        {
            throw Foreign(path);
        }

        long version = connection.Number("pragma user_version") ?? 0;
        if (version > Newest)
        {
            throw new LedgerRefusedException(
                $"Could not use the ledger {path}, because its schema {version} is newer than the newest known here ({Newest}). Install the newer program again, or give Database another file.");
        }
    }

    public static LedgerRefusedException Foreign(string path) => new($"Could not use {path} as the ledger, because it is the database of another program. Name another file as Database.");

    private static List<(int Number, string Resource)> FindAll()
    {
        const string Folder = ".Ledger.Migrations.";
        var found = new List<(int, string)>();
        foreach (string resource in typeof(Migrations).Assembly.GetManifestResourceNames())
        {
            int at = resource.IndexOf(Folder, StringComparison.Ordinal);
            if (at >= 0 && resource.EndsWith(".sql", StringComparison.Ordinal))
            {
                found.Add((int.Parse(resource.AsSpan(at + Folder.Length, 3), CultureInfo.InvariantCulture), resource));
            }
        }

        found.Sort();
        return found;
    }

    private static string Read(string resource)
    {
        using Stream stream = typeof(Migrations).Assembly.GetManifestResourceStream(resource)
            ?? throw new MissingManifestResourceException(resource);
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
