using System.Security.Cryptography;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace ContentMonster.Ledger;

/// <summary>From a file to a writer connection that may be trusted: the checks before a daemon works with a ledger, in this order.</summary>
internal static class LedgerOpening
{
    private const int TokenBytes = 16;

    private const string MakeShore = "insert into shore (one, shore_id, stopped_clean) values (1, ?1, 0) on conflict do nothing";

    private const string ShoreId = "select shore_id from shore";

    private const string StoppedClean = "select stopped_clean from shore";

    private const string MarkRunning = "update shore set stopped_clean = 0";

    public static (LedgerConnection Connection, string ShoreId) Open(string path, RandomNumberGenerator random, DateTimeOffset now, ILogger log)
    {
        LedgerFile.RefuseNetworkDisk(path, LedgerFile.FormatOf(Path.GetDirectoryName(path)!));
        LedgerFile.Prepare(path);
        RefuseTorn(path);
        LedgerConnection? connection = null;
        try
        {
            bool isWhole = LedgerHeader.IsOfTheLengthItSays(path);
            RefuseForeign(path);
            LedgerFile.MakePrivate(path);
            connection = LedgerConnection.OpenWriter(path);
            CheckUnlessClean(connection, path, isWhole, log);
            Migrations.Apply(connection, path, log);

            connection.Execute("begin immediate");
            connection.Execute(MakeShore, Token(random));
            string shoreId = connection.First(ShoreId, static row => row.GetString(0))!;
            connection.Execute(MarkRunning);
            Settling.RetryWhatFailedAfter(connection, now);
            connection.Execute("commit");
            log.Opened(path, connection.Database.ServerVersion, shoreId);
            return (connection, shoreId);
        }
        catch (SqliteException fault)
        {
            connection?.Dispose();
            throw LedgerFault.From("open", path, fault);
        }
        catch
        {
            connection?.Dispose();
            throw;
        }
    }

    /// <summary>Unguessable, 32 hex digits.</summary>
    public static string Token(RandomNumberGenerator random)
    {
        Span<byte> bytes = stackalloc byte[TokenBytes];
        random.GetBytes(bytes);
        return Convert.ToHexStringLower(bytes);
    }

    /// <summary>An empty file is a new ledger, unless a write-ahead log says that there was one: SQLite would throw that log away.</summary>
    private static void RefuseTorn(string path)
    {
        var log = new FileInfo(path + "-wal");
        if (new FileInfo(path).Length == 0 && log.Exists && log.Length > 0)
        {
            throw LedgerFault.Damaged(path, "it is empty, but its write-ahead log is not");
        }
    }

    /// <summary>Before anything is written, be it only the mode of the journal: the file may be somebody else's.</summary>
    private static void RefuseForeign(string path)
    {
        if (new FileInfo(path).Length == 0)
        {
            return;
        }

        using LedgerConnection connection = LedgerConnection.OpenReader(path);
        Migrations.RefuseForeign(connection, path);
    }

    private static void CheckUnlessClean(LedgerConnection connection, string path, bool isWhole, ILogger log)
    {
        bool hasShore = connection.Number("select count(*) from sqlite_master where name = 'shore'") == 1;
        if (isWhole && (!hasShore || connection.Number(StoppedClean) == 1))
        {
            return;
        }

        log.CheckingAfterUncleanStop(path);
        string finding = connection.First("pragma quick_check(1)", static row => row.GetString(0)) ?? "no answer";
        if (finding != "ok")
        {
            throw LedgerFault.Damaged(path, finding);
        }
    }
}
