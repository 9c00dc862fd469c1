using System.Security.Cryptography;
using ContentMonster.Ledger;
using Microsoft.Extensions.Logging.Abstractions;

namespace ContentMonster.Tests.Ledger;

/// <summary>A folder of its own with a ledger in it.</summary>
internal sealed class LedgerRoom : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("cm-ledger-").FullName;

    public string File => Path.Combine(Folder, "ledger.sqlite3");

    public HandClock Clock { get; } = new();

    public Task<SqliteLedger> OpenAsync() => OpenAsync(File);

    public Task<SqliteLedger> OpenAsync(string path) =>
        SqliteLedger.OpenAsync(path, Clock, RandomNumberGenerator.Create(), NullLogger.Instance, TestContext.Current.CancellationToken);

    /// <summary>What a machine would find that lost power now: the files as they are, the daemon still running.</summary>
    public string CopyAsCrashed()
    {
        string copy = Directory.CreateDirectory(Path.Combine(Folder, Guid.NewGuid().ToString("N"))).FullName;
        foreach (string suffix in new[] { "", "-wal" })
        {
            // Opened and closed by another process: closing it in ours would drop the locks that SQLite has on it.
            using var cp = System.Diagnostics.Process.Start("cp", [File + suffix, Path.Combine(copy, "ledger.sqlite3" + suffix)]);
            cp.WaitForExit();
            cp.ExitCode.ShouldBe(0);
        }

        return Path.Combine(copy, "ledger.sqlite3");
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
