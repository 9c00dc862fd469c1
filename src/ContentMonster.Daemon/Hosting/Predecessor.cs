using ContentMonster.Configuration;
using ContentMonster.Ledger;
using Microsoft.Extensions.Logging;

namespace ContentMonster.Daemon.Hosting;

/// <summary>The Python program of the same name: its database is looked for where its settings file says, and taken over once.</summary>
internal static class Predecessor
{
    private const string UsualName = "database.sqlite3";

    /// <summary>Imports the database named by Database, else the one beside the settings file, if there is one.</summary>
    public static async Task ImportAsync(Settings settings, ILedger ledger, ILogger logger, CancellationToken cancellationToken)
    {
        string beside = Path.Combine(Path.GetDirectoryName(settings.Path) ?? "", UsualName);
        string? found = new[] { settings.Database, beside }.FirstOrDefault(path => path is not null && ContentMonster.Ledger.PythonDatabase.LooksLikeOne(path));
        if (found is not null)
        {
            await ImportFileAsync(found, ledger, logger, cancellationToken);
        }
    }

    /// <summary>Imports a given database; a <see cref="LedgerException"/> where it is none.</summary>
    public static async Task<string> ImportFileAsync(string file, ILedger ledger, ILogger logger, CancellationToken cancellationToken)
    {
        IReadOnlyList<ImportedFile> files = ContentMonster.Ledger.PythonDatabase.Read(file);
        await ledger.ImportAsync(Path.GetFullPath(file), files, cancellationToken);
        EngineLog.Imported(logger, files.Count, file);
        return $"{Amount.OfFiles(files.Count)} {(files.Count == 1 ? "was" : "were")} recorded in {file}. Those that are still in place and stand on a vessel with the same content count as delivered there; nothing of them is sent again.";
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
