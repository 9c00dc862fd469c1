using ContentMonster.Model;
using Microsoft.Data.Sqlite;

namespace ContentMonster.Ledger;

/// <summary>
/// The ledger for `status` and `history` where no daemon answers: reads, and needs no right to write, neither into the file nor into its folder.
/// </summary>
internal sealed class LedgerReader : IDisposable
{
    private readonly LedgerReads _reads;

    private LedgerReader(LedgerReads reads) => _reads = reads;

    public static LedgerReader Open(string path)
    {
        path = Path.GetFullPath(path);
        if (!File.Exists(path))
        {
            throw new LedgerRefusedException($"Could not read the ledger {path}, because there is none. The daemon makes it when it first runs.");
        }

        LedgerFile.RefuseLink(path);
        LedgerFile.RefuseOtherKinds(path);
        string source = SourceFor(path);
        return new LedgerReader(new LedgerReads(path, () => LedgerConnection.OpenReader(source)));
    }

    public Task<LedgerTotals> TotalsAsync(CancellationToken cancellationToken) => _reads.ReadAsync(Reports.Totals, cancellationToken);

    public Task<IReadOnlyList<MissingFile>> MissingAsync(int count, CancellationToken cancellationToken) =>
        _reads.ReadAsync(connection => Reports.Missing(connection, count), cancellationToken);

    public Task<IReadOnlyList<RefusedFile>> RefusedAsync(int count, CancellationToken cancellationToken) =>
        _reads.ReadAsync(connection => Reports.Refused(connection, count), cancellationToken);

    public Task<Unarchived> UnarchivedAsync(int count, CancellationToken cancellationToken) =>
        _reads.ReadAsync(connection => Reports.Unarchived(connection, count), cancellationToken);

    public Task<IReadOnlyList<HistoryEntry>> HistoryAsync(int count, CancellationToken cancellationToken) =>
        _reads.ReadAsync(connection => Reports.History(connection, count), cancellationToken);

    /// <summary>What there is on one file, named as it is shown.</summary>
    public Task<FileReport> FileAsync(string directory, string file, int count, CancellationToken cancellationToken) =>
        _reads.ReadAsync(connection => Reports.File(connection, directory, file, count), cancellationToken);

    public Task<bool> WasImportedAsync(CancellationToken cancellationToken) => _reads.ReadAsync(Importing.WasDone, cancellationToken);

    public Task<string?> ShoreIdAsync(CancellationToken cancellationToken) => _reads.ReadAsync(Reports.ShoreId, cancellationToken);

    /// <summary>Every unfinished file that is booked on a vessel, those that wait to be swept among them.</summary>
    public Task<IReadOnlyList<(string Vessel, BytePath Part)>> PartsAsync(CancellationToken cancellationToken) => _reads.ReadAsync(Reports.Parts, cancellationToken);

    /// <summary>What waits for a vessel that is not to get it by the settings.</summary>
    public Task<IReadOnlyList<(string Directory, string Vessel, long Files)>> LeavingAsync(IReadOnlySet<(string Directory, string Vessel)> wanted, CancellationToken cancellationToken) =>
        _reads.ReadAsync(connection => Reports.Leaving(connection, wanted), cancellationToken);

    public Task<string?> SqliteVersionAsync(CancellationToken cancellationToken) => _reads.ReadAsync(Reports.SqliteVersion, cancellationToken);

    public void Dispose() => _reads.Dispose();

    private static string SourceFor(string path)
    {
        try
        {
            Probe(path, path);
            return path;
        }
        catch (SqliteException fault) when (!LedgerFault.IsDamage(fault) && !File.Exists(path + "-wal"))
        {
            // Without a write-ahead log all is in the file; SQLite would want to make one, and the folder may not be ours to write into.
            string immutable = $"file:{Uri.EscapeDataString(path).Replace("%2F", "/", StringComparison.Ordinal)}?immutable=1";
            Translated(immutable, path);
            return immutable;
        }
        catch (SqliteException fault)
        {
            throw LedgerFault.From("read", path, fault);
        }
    }

    private static void Translated(string source, string path)
    {
        try
        {
            Probe(source, path);
        }
        catch (SqliteException fault)
        {
            throw LedgerFault.From("read", path, fault);
        }
    }

    private static void Probe(string source, string path)
    {
        using LedgerConnection connection = LedgerConnection.OpenReader(source);
        Migrations.RefuseForeign(connection, path);
        if (connection.Number("select count(*) from sqlite_master where name = 'shore'") == 0)
        {
            throw new LedgerRefusedException($"Could not read the ledger {path}, because it is empty. The daemon fills it when it first runs.");
        }
    }
}
