using ContentMonster.Configuration;
using ContentMonster.Ledger;
using Microsoft.Extensions.Logging;

namespace ContentMonster.Daemon.Hosting;

/// <summary>The Python program of the same name: its database is looked for where its settings file says, and taken over once.</summary>
internal static class Predecessor
{
    /// <summary>The one name that the Python program gives its database.</summary>
    public const string UsualName = "database.sqlite3";

    /// <summary>The database named by Database, else the one beside the settings file; null: there is none.</summary>
    /// <exception cref="LedgerRefusedException">There is one, or what may be one, that cannot be read.</exception>
    public static string? Find(Settings settings, string ledgerPath)
    {
        string beside = Path.Combine(Path.GetDirectoryName(settings.Path) ?? "", UsualName);
        return new[] { settings.Database, beside }.FirstOrDefault(path => path is not null && Path.GetFullPath(path) != ledgerPath && ContentMonster.Ledger.PythonDatabase.LooksLikeOne(path));
    }

    /// <summary>Imports the one that is found, at the first start that finds it.</summary>
    public static async Task ImportAsync(Settings settings, string ledgerPath, ILedger ledger, ILogger logger, CancellationToken cancellationToken)
    {
        if (!await ledger.WasImportedAsync(cancellationToken) && Find(settings, ledgerPath) is string found)
        {
            await ImportFileAsync(found, ledger, logger, cancellationToken);
        }
    }

    /// <summary>
    /// Notes that a given database was imported; a <see cref="LedgerException"/> where it is none. Its rows are only counted: a file that a vessel shows with
    /// the right hash is not sent, whatever they say, and any other is.
    /// </summary>
    public static async Task<string> ImportFileAsync(string file, ILedger ledger, ILogger logger, CancellationToken cancellationToken)
    {
        long count = ContentMonster.Ledger.PythonDatabase.Count(file);
        if (await ledger.ImportAsync(Path.GetFullPath(file), cancellationToken))
        {
            EngineLog.Imported(logger, count, file);
        }

        return $"{Amount.OfFiles(count)} {(count == 1 ? "was" : "were")} recorded in {file}. Those that are still in place and stand on a vessel with the same content count as delivered there; nothing of them is sent again.";
    }

    /// <summary>The Python program never looked into subdirectories: neither do we, unless told to.</summary>
    public static void TellRecursive(Settings settings, ILogger logger)
    {
        foreach (DirectorySettings directory in settings.Directories.Where(directory => directory.Recursive is null))
        {
            EngineLog.NotRecursive(logger, directory.Name);
        }
    }
}
